import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Two builds of one source: files for browsers, and one module in which the server's worker renders public pages. */
export default defineConfig(({ isSsrBuild }) => ({
  root: import.meta.dirname,
  // Relative: the files work below any path prefix.
  base: './',
  plugins: [react(), tailwind()],
  logLevel: 'warn',
  build: {
    outDir: isSsrBuild ? '../dist/web-render' : '../dist/web',
    emptyOutDir: true,
    manifest: !isSsrBuild,
    target: 'es2022',
    // A page's policy allows no inline data in scripts; small pictures stay files.
    assetsInlineLimit: 0,
    rolldownOptions: { input: isSsrBuild ? 'render.tsx' : 'main.tsx' },
  },
  ssr: { noExternal: true },
}));
