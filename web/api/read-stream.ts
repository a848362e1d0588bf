import { createParser } from 'eventsource-parser';
import { readJson } from './fetch-api.ts';

export interface StreamListener {
  /** One frame of the answer; undefined when it is no JSON. */
  onFrame(frame: unknown): void;
  /** After each piece from the network, whatever it held. */
  onPiece?(): void;
}

/** Follows a streamed completion to its end. False when it ended without `[DONE]`: what came is then only a part of the answer. */
export async function readStream(response: Response, { onFrame, onPiece }: StreamListener): Promise<boolean> {
  let isWhole = false;
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data === '[DONE]') isWhole = true;
      else if (!isWhole) onFrame(readJson(data));
    },
  });
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  while (reader && !isWhole) {
    const { value, done } = await reader.read();
    if (done) break;
    parser.feed(decoder.decode(value, { stream: true }));
    onPiece?.();
  }
  return isWhole;
}
