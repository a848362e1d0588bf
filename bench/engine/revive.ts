/** How long callers of the bundled model wait after its process was killed. */
import { join } from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { bundledWeights, startBundledEngine } from '../../src/engines/bundled.ts';

const root = join(import.meta.dir, '..', '..');

/** From the kill to the next whole answer, in ms. */
export async function measureRevival(): Promise<number> {
  let pid = 0;
  const engine = startBundledEngine({
    clock: systemClock,
    log: {
      write: (_level, _message, fields = {}) => {
        if (typeof fields.pid === 'number') pid = fields.pid;
      },
    },
    command: [process.execPath, join(root, 'engine', 'serve.ts')],
    environment: {},
    weights: bundledWeights(root),
  });
  const reach = (type: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (engine.state().type !== type) return;
        forget();
        resolve();
      };
      const forget = engine.onChange(look);
      look();
    });
  await reach('ready');
  const startMs = performance.now();
  process.kill(pid, 'SIGKILL');
  await reach('waiting');
  await reach('ready');
  const { baseUrl, secret } = engine.endpointInfo()!;
  const answer = await fetch(`${baseUrl}/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret.reveal()}` },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await answer.text();
  const tookMs = performance.now() - startMs;
  await engine.stop();
  if (!answer.ok) throw new Error(`the revived engine answered with ${answer.status}`);
  return tookMs;
}
