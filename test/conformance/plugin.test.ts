import { describe, expect, test } from 'bun:test';
import type { JsonObject } from '../../src/base/json.ts';
import openaiChat from '../../src/formats/openai-chat.ts';
import { Failure } from '../../src/generation/failure.ts';
import { loadPlugins, type PluginTools } from '../../src/plugins/plugin.ts';

const PLUGINS = await loadPlugins();
const encoder = new TextEncoder();

const TOOLS: PluginTools = {
  nowMs: () => 1_760_000_000_000,
  fetchMedia: () => Promise.reject(new Failure('media-unavailable', { message: 'nothing is fetched here' })),
  fetch: () => Promise.reject(new TypeError('no network here')),
  configured: () => undefined,
};

function request(more: object = {}) {
  const body = { model: 'demo/talker', messages: [{ role: 'user', content: 'Hi' }], ...more };
  return openaiChat.server.decodeRequest(encoder.encode(JSON.stringify(body)));
}

test('the shelf is not empty, and its ids differ', () => {
  expect(PLUGINS.length).toBeGreaterThan(1);
  expect(new Set(PLUGINS.map(({ id }) => id)).size).toBe(PLUGINS.length);
});

for (const plugin of PLUGINS) {
  describe(plugin.id, () => {
    test('has an id that callers can write', () => {
      expect(plugin.id).toMatch(/^[a-z][a-z0-9-]+$/);
    });

    test('works without settings, and passes over those it does not know', () => {
      expect(plugin.settings.safeParse({}).success).toBe(true);
      expect(plugin.settings.safeParse({ something_new: { deep: [1] } }).success).toBe(true);
    });

    test('is not asked for by a request that says nothing of it', () => {
      expect(plugin.askedBy?.(request())).toBeUndefined();
    });

    test('opens for a plain request or says in a failure of the caller’s why not', async () => {
      const settings = plugin.settings.parse({}) as JsonObject;
      try {
        const run = plugin.open({ request: request(), settings, tools: TOOLS });
        expect(run?.did()).toBeUndefined();
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
        expect((error as Failure).policy.status).toBeLessThan(500);
      }
    });
  });
}
