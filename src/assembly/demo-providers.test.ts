import { expect, test } from 'bun:test';
import { z } from 'zod';
import { systemClock } from '../base/clock.ts';
import { redact } from '../base/redact.ts';
import { DEMO_KEY, startDemoProviders } from './demo-providers.ts';

const configured = z.object({ base_url: z.string(), api_key: z.string() });
const refusal = z.object({ error: z.object({ message: z.string() }) });

test('what a demonstration provider says of its refusals is shown whole: its key is no part of it', async () => {
  const providers = startDemoProviders(systemClock, { next: () => 0 });
  try {
    for (const provider of providers.config.providers) {
      const { base_url: address, api_key: key } = configured.parse(provider);
      const answer = await fetch(`${address}/chat/completions`, { method: 'POST', body: '{}' });
      const { message } = refusal.parse(await answer.json()).error;
      expect(message).toContain('demonstration');
      expect([key, message]).toEqual([DEMO_KEY, redact(message, 2_000, key)]);
    }
  } finally {
    await providers.stop();
  }
});
