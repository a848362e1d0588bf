/** A site with a past: a scripted provider answered some requests, so that its lists have rows. */
import { createServer } from 'node:http';
import { listen, providerConfig } from './provider-config.ts';
import { openSite, type Site } from './site.ts';

const MODEL = 'demo/talker';
const ANSWER = {
  ...{ id: 'up-1', object: 'chat.completion', created: 1, model: 'x' },
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Good day.' } }],
  usage: { prompt_tokens: 1_200, completion_tokens: 3, total_tokens: 1_203 },
};
const AT_ONCE = 8;

export async function openBusySite(generations: number): Promise<Site> {
  const provider = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(ANSWER));
    });
  });
  const port = await listen(provider);
  const config = providerConfig({ id: 'scripted', port, model: MODEL, price: '0.05' });
  const site = await openSite({ config });
  for (let sent = 0; sent < generations; sent += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, generations - sent) }, (_, at) => ask(site, sent + at)));
  return {
    ...site,
    close() {
      site.close();
      provider.close();
    },
  };
}

async function ask(site: Site, number: number): Promise<void> {
  const answer = await fetch(`${site.address}/api/v1/chat/completions`, {
    method: 'POST',
    headers: {
      ...{ authorization: `Bearer ${site.apiKey}`, 'content-type': 'application/json' },
      ...{ 'x-title': `App ${number % 5}` },
    },
    body: JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: `Question ${number}` }] }),
  });
  if (!answer.ok) throw new Error(`request ${number}: ${answer.status} ${await answer.text()}`);
  await answer.arrayBuffer();
}
