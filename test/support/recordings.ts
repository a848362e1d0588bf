import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../src/base/json.ts';

const FOLDER = join(import.meta.dir, '../recordings');

/** What a recorded answer means, written down by hand. */
export interface Golden {
  /** Wire format id; `openai-chat` unless given. */
  readonly format?: string;
  readonly text: string;
  readonly secondText?: string;
  readonly reasoning: string;
  readonly toolCalls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[];
  readonly finishReason: string;
  readonly nativeFinishReason: string;
  readonly usage: {
    readonly prompt: number;
    readonly completion: number;
    readonly cached: number;
    readonly written: number;
    readonly reasoning: number;
  };
}

export interface Recording {
  /** `<provider>/<case>`. */
  readonly name: string;
  readonly request: Uint8Array;
  readonly stream: Uint8Array;
  /** The same answer asked for without a stream. */
  readonly result?: Uint8Array;
  readonly golden: Golden;
}

/** Every recorded exchange with a provider that speaks this format. */
export function readRecordings(format = 'openai-chat'): readonly Recording[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).map((file) => file.replaceAll('\\', '/'));
  const names = files.filter((file) => file.endsWith('.golden.json')).map((file) => file.slice(0, -12));
  const bytes = (file: string): Uint8Array => new Uint8Array(readFileSync(join(FOLDER, file)));
  const recordings = names.sort().map((name) => ({
    name,
    request: bytes(`${name}.request.json`),
    stream: bytes(files.find((file) => file.startsWith(`${name}.response.`) && !file.endsWith('.json'))!),
    ...(files.includes(`${name}.response.json`) && { result: bytes(`${name}.response.json`) }),
    golden: JSON.parse(readFileSync(join(FOLDER, `${name}.golden.json`), 'utf8')) as Golden & JsonObject,
  }));
  return recordings.filter(({ golden }) => (golden.format ?? 'openai-chat') === format);
}

/** Every recorded answer as bytes, streamed or not, in whatever format. */
export function readAnswers(): readonly Uint8Array[] {
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => /\.response\.\w+$/.test(file))
    .map((file) => new Uint8Array(readFileSync(join(FOLDER, file))));
}
