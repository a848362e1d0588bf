/** Two providers behind one port: `/broken` answers with 500 and a hostile text, `/sound` with a priced answer, streamed or whole. */
import { createServer } from 'node:http';
import { listen, providerConfig } from './provider-config.ts';

/** What the exchange sends to them; nothing that anybody sees may hold it. */
export const PROVIDER_SECRET = 'secret-of-the-scripted-providers';

export interface ScriptedProviders {
  /** Lines for `trunkline.toml`: both offer the model, `broken` for less. */
  config(model: string): string;
  close(): void;
}

export async function openScriptedProviders(): Promise<ScriptedProviders> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      const isBroken = request.url?.startsWith('/broken');
      const isStreamed = /"stream":\s*true/.test(body);
      const type = isStreamed && !isBroken ? 'text/event-stream' : 'application/json';
      response.writeHead(isBroken ? 500 : 200, { 'content-type': type });
      if (isBroken)
        response.end(JSON.stringify({ error: { message: '<img src=x onerror=alert(1)> is out of order' } }));
      else response.end(isStreamed ? streamed() : whole());
    });
  });
  const port = await listen(server);
  const configOf = (id: string, model: string, price: string) =>
    providerConfig({ id, port, path: `/${id}`, model, price, apiKey: PROVIDER_SECRET });
  return {
    config: (model) => `${configOf('broken', model, '0.05')}\n${configOf('sound', model, '0.08')}\n`,
    close: () => {
      server.close();
    },
  };
}

const ID = 'up-1';
const USAGE = { prompt_tokens: 1_200, completion_tokens: 3, total_tokens: 1_203 };

function whole(): string {
  const choice = { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Good day.' } };
  return JSON.stringify({
    ...{ id: ID, object: 'chat.completion', created: 1, model: 'x', choices: [choice] },
    usage: USAGE,
  });
}

function streamed(): string {
  const chunk = (delta: object, finish: string | null, usage?: object) =>
    `data: ${JSON.stringify({
      ...{ id: ID, object: 'chat.completion.chunk', created: 1, model: 'x' },
      choices: [{ index: 0, delta, finish_reason: finish }],
      ...(usage && { usage }),
    })}\n\n`;
  return `${chunk({ role: 'assistant', content: 'Good day.' }, null)}${chunk({}, 'stop', USAGE)}data: [DONE]\n\n`;
}
