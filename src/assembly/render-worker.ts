/** The thread that draws pages: knows the build's module and nothing else, no key, no storage. */
import { z } from 'zod';

const question = z.object({
  id: z.number(),
  /** Path of `dist/web-render/render.js`. */
  module: z.string(),
  question: z.discriminatedUnion('what', [
    z.object({ what: z.literal('plan'), path: z.string(), search: z.string() }),
    z.object({ what: z.enum(['render', 'tell']), boot: z.unknown(), path: z.string(), search: z.string() }),
    z.object({ what: z.literal('list') }),
  ]),
});

interface Renderer {
  planPage(path: string, search: string): unknown;
  renderPage(boot: unknown, path: string, search: string): Promise<unknown>;
  tellPage(boot: unknown, path: string, search: string): unknown;
  listPages(): unknown;
}

declare const self: Worker;

function answer(renderer: Renderer, asked: z.infer<typeof question>['question']): unknown {
  switch (asked.what) {
    case 'plan':
      return renderer.planPage(asked.path, asked.search);
    case 'render':
      return renderer.renderPage(asked.boot, asked.path, asked.search);
    case 'tell':
      return renderer.tellPage(asked.boot, asked.path, asked.search);
    case 'list':
      return renderer.listPages();
  }
}

self.onmessage = async ({ data }: MessageEvent) => {
  const { id, module, question: asked } = question.parse(data);
  try {
    const renderer = (await import(module)) as Renderer;
    self.postMessage({ id, value: await answer(renderer, asked) });
  } catch (error) {
    self.postMessage({
      id,
      value: undefined,
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }
};
