/** The thread that draws pages: knows the build's module and nothing else, no key, no storage. */
import { z } from 'zod';

const question = z.object({
  id: z.number(),
  /** Path of `dist/web-render/render.js`. */
  module: z.string(),
  question: z.discriminatedUnion('what', [
    z.object({ what: z.literal('plan'), path: z.string(), search: z.string() }),
    z.object({ what: z.literal('render'), boot: z.unknown(), path: z.string(), search: z.string() }),
  ]),
});

interface Renderer {
  planPage(path: string, search: string): unknown;
  renderPage(boot: unknown, path: string, search: string): Promise<string>;
}

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent) => {
  const { id, module, question: asked } = question.parse(data);
  try {
    const renderer = (await import(module)) as Renderer;
    const value =
      asked.what === 'plan'
        ? renderer.planPage(asked.path, asked.search)
        : await renderer.renderPage(asked.boot, asked.path, asked.search);
    self.postMessage({ id, value });
  } catch (error) {
    self.postMessage({
      id,
      value: undefined,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
};
