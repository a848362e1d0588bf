import tailwind from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/**
 * Few files, each of one purpose: on a slow line every further one costs. What each page needs (`$initial`) is React and the shell
 * with its libraries; what many pages share comes as one file beside the page's own.
 */
const CHUNKS = [
  { name: 'react', test: /node_modules[\\/](?:react|react-dom|scheduler)[\\/]/, priority: 4 },
  { name: 'shell', tags: ['$initial' as const], priority: 3 },
  { name: 'parts', test: isSmallPart, minShareCount: 5, priority: 2 },
  { name: 'charts', test: /node_modules[\\/]d3-|[\\/]web[\\/]charts[\\/]/, minShareCount: 2, priority: 1 },
];

/** Charts and popups are heavy, and many pages have none. */
function isSmallPart(file: string): boolean {
  return !/@base-ui|@floating-ui|dialog\.tsx|d3-(?!shape|path)|[\\/]web[\\/]charts[\\/](?!sparkline)/.test(file);
}

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
    rolldownOptions: {
      input: isSsrBuild ? 'render.tsx' : 'main.tsx',
      ...(!isSsrBuild && {
        output: { codeSplitting: { groups: CHUNKS } },
      }),
    },
  },
  ssr: { noExternal: true },
}));
