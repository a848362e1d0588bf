/** What every scripted provider of these tests needs: a port of this machine, and its lines of configuration. */
import type { Server } from 'node:http';

export interface ScriptedModel {
  readonly id: string;
  readonly port: number;
  readonly model: string;
  /** US dollars per million tokens of the prompt, as a decimal. */
  readonly price: string;
  /** Between the port and `/v1`, where one server plays several providers. */
  readonly path?: string;
  readonly apiKey?: string;
}

/** One provider of one priced model. */
export function providerConfig({ id, port, model, price, path = '', apiKey = 'secret' }: ScriptedModel): string {
  return [
    '[[providers]]',
    `id = "${id}"`,
    'format = "openai-chat"',
    `base_url = "http://127.0.0.1:${port}${path}/v1"`,
    `api_key = "${apiKey}"`,
    'allow_private_network = true',
    '[[providers.models]]',
    `model = "${model}"`,
    `input_per_million = "${price}"`,
    'output_per_million = "0.3"',
    'context = 8192',
  ].join('\n');
}

/** The port that it listens on, of this machine alone. */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}
