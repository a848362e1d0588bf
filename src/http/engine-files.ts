import type { Route } from './route.ts';

/** Where the parts of the bundled engine lie on disk: what `npm install` built for browsers, and the weights. */
export interface EngineFiles {
  /** Holds `worker.js` and the `.wasm` files. Built on first use where it is missing. */
  browserFolder(): Promise<string>;
  readonly weights: string;
  readonly projector: string;
}

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  wasm: 'application/wasm',
  gguf: 'application/octet-stream',
};

/** The bundled engine for a page: scripts, kernels, codecs and weights. A fixed list; no path of a caller reaches the disk. */
export function engineFileRoutes(files: EngineFiles): readonly Route[] {
  const built = (name: string) => async (): Promise<string> => `${await files.browserFolder()}/${name}`;
  const places: Readonly<Record<string, () => Promise<string>>> = {
    'worker.js': built('worker.js'),
    'kernels.wasm': built('kernels.wasm'),
    'jpeg.wasm': built('jpeg.wasm'),
    'webp.wasm': built('webp.wasm'),
    'weights.gguf': async () => files.weights,
    'projector.gguf': async () => files.projector,
  };
  return Object.entries(places).map(([name, place]) => ({
    method: 'GET',
    path: `/engine/${name}`,
    audience: 'public',
    answer: async () => sendFile(await place(), TYPES[name.split('.').at(-1)!]!),
  }));
}

/** Not to be kept across versions: the weights and the code that reads them change together. */
function sendFile(path: string, type: string): Response {
  return new Response(Bun.file(path), {
    headers: {
      'content-type': type,
      'cache-control': 'no-cache',
      'cross-origin-resource-policy': 'same-origin',
      // The worker's own policy: it compiles the kernels and fetches codecs from here.
      'content-security-policy': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
    },
  });
}
