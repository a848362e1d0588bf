/**
 * An answer of the bundled engine, cut after every one of its pieces and gone on from by a second door to the same engine: at
 * temperature 0 the caller must get what it gets without a cut.
 */
import { startTestEngine, type TestEngine } from '../../engine/test-engine.ts';
import type { JsonObject } from '../../src/base/json.ts';
import type { CallerFormat, Reading } from '../faults/callers.ts';
import { chunk, openScriptedProvider, type ScriptCall, STREAM_HEAD } from '../support/scripted-provider.ts';
import { testEndpoint } from '../support/test-catalog.ts';
import { openTestHouse, TEST_SECRET, type TestHouse, type TestProvider } from '../support/test-house.ts';

export interface Cut {
  readonly question: string;
  readonly afterPieces: number;
  /** What the caller got: undefined when it was the whole answer, uncut. */
  readonly problem: string | undefined;
}

export interface Workshop {
  /** Asks once without a cut, then with a cut after every piece. */
  cutEverywhere(caller: CallerFormat, question: string): Promise<readonly Cut[]>;
  close(): Promise<void>;
}

/** `text`: the second door takes a text in the model's own template instead of a chat. */
export async function openWorkshop(door: 'chat' | 'text' = 'chat'): Promise<Workshop> {
  const engine = await startTestEngine({ key: TEST_SECRET });
  let cutAfter = Number.POSITIVE_INFINITY;
  const cutting = await openScriptedProvider((call) => forward(call, engine, cutAfter));
  const text = await openScriptedProvider((call) => answerText(call, engine));
  const whole: TestProvider =
    door === 'chat'
      ? { endpoint: testEndpoint('whole'), baseUrl: `${engine.baseUrl}/v1`, continues: 'prefill' }
      : {
          ...{ endpoint: testEndpoint('whole'), baseUrl: text.baseUrl, completes: 'openai-completions' },
          quirks: { template: 'llama-4' },
        };
  const house = await openTestHouse({
    providers: [{ endpoint: testEndpoint('cutting'), baseUrl: cutting.baseUrl, continues: 'prefill' }, whole],
  });
  return {
    async cutEverywhere(caller, question) {
      cutAfter = Number.POSITIVE_INFINITY;
      const whole = await ask(house, caller, question);
      const pieces = whole.pieces;
      const cuts: Cut[] = [];
      for (let afterPieces = 1; afterPieces < pieces; afterPieces++) {
        cutAfter = afterPieces;
        const got = await ask(house, caller, question);
        const isSame = got.reading.isWhole && got.reading.text === whole.reading.text;
        const problem = isSame ? undefined : `"${got.reading.text}"${got.reading.isWhole ? '' : ', broken'}`;
        cuts.push({ question, afterPieces, problem });
      }
      return cuts;
    },
    async close() {
      await house.close();
      await cutting.close();
      await text.close();
      engine.kill();
      await engine.gone;
    },
  };
}

/** The engine's own stream, frame by frame, and a closed connection after so many pieces of text. */
async function forward(call: ScriptCall, engine: TestEngine, cutAfter: number): Promise<void> {
  const answer = await fetch(`${engine.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${TEST_SECRET}`, 'content-type': 'application/json' },
    body: call.request.body,
  });
  await call.write(STREAM_HEAD);
  let text = '';
  let sent = 0;
  const decoder = new TextDecoder();
  for await (const bytes of answer.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(bytes, { stream: true });
    const frames = text.split('\n\n');
    text = frames.pop()!;
    for (const frame of frames) {
      const piece = textOf(frame);
      if (piece !== '') progress.pieces++;
      sent += piece.length;
      await call.write(chunk(`${frame}\n\n`));
      if (progress.pieces < cutAfter) continue;
      // A connection that breaks takes unread bytes with it: the caller has what was sent before.
      await received(sent);
      call.end();
      return;
    }
  }
  await call.write('0\r\n\r\n');
}

/**
 * The engine as a door for texts: what stands in the template of Llama 4 is taken apart again, down to the last character, and the
 * model goes on from there.
 */
async function answerText(call: ScriptCall, engine: TestEngine): Promise<void> {
  const { prompt, temperature } = JSON.parse(call.request.body) as { prompt: string; temperature: number };
  const turns = [...prompt.matchAll(/<\|header_start\|>(\w+)<\|header_end\|>\n\n([\s\S]*?)(?:<\|eot\|>|$)/g)];
  const laidOut = turns.map(([turn]) => turn).join('');
  const answer =
    laidOut === prompt && call.request.head.startsWith('POST /v1/completions ')
      ? await fetch(`${engine.baseUrl}/v1/chat/completions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${TEST_SECRET}`, 'content-type': 'application/json' },
          body: JSON.stringify({
            ...{ model: 'trunkline/mini', temperature, stream: true },
            messages: turns.map(([, role, content]) => ({ role, content })),
          }),
        })
      : new Response('', { status: 400 });
  await call.write(STREAM_HEAD);
  for (const frame of (await answer.text()).split('\n\n')) {
    const data = frame.replace(/^data: /, '');
    if (data === '[DONE]') await call.write(chunk('data: [DONE]\n\n'));
    if (!data.startsWith('{')) continue;
    const { choices = [], usage } = JSON.parse(data) as ChatFrame;
    const texts = choices.map(({ delta, finish_reason }) => ({ index: 0, text: delta?.content ?? '', finish_reason }));
    await call.write(chunk(`data: ${JSON.stringify({ choices: texts, ...(usage && { usage }) })}\n\n`));
  }
  await call.write('0\r\n\r\n');
}

interface ChatFrame {
  readonly choices?: {
    readonly delta?: { readonly content?: string | null };
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: JsonObject | null;
}

/** Pieces of text that the engine sent, and how much of the text the caller has: a format may put several pieces into one frame. */
const progress = { pieces: 0, characters: 0, onMore: () => {} };

function textOf(frame: string): string {
  const data = frame.replace(/^data: /, '');
  if (!data.startsWith('{')) return '';
  const { choices } = JSON.parse(data) as { choices?: { delta?: { content?: string | null } }[] };
  return choices?.[0]?.delta?.content ?? '';
}

async function received(characters: number): Promise<void> {
  while (progress.characters < characters) {
    await new Promise<void>((resolve) => {
      progress.onMore = resolve;
    });
  }
}

async function ask(
  house: TestHouse,
  caller: CallerFormat,
  question: string,
): Promise<{ readonly reading: Reading; readonly pieces: number }> {
  const plain = caller.body(true, 'demo/talker', { order: ['cutting', 'whole'] });
  const asked = JSON.stringify(plain).replaceAll('"Speak"', JSON.stringify(question));
  progress.pieces = 0;
  progress.characters = 0;
  const body = { ...(JSON.parse(asked) as JsonObject), ...(caller.greedy ?? { temperature: 0 }) };
  const response = await house.post(body, { path: caller.path(true) });
  let text = '';
  const decoder = new TextDecoder();
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(piece, { stream: true });
    progress.characters = caller.readStream(text).text.length;
    progress.onMore();
  }
  return { reading: caller.readStream(text), pieces: progress.pieces };
}
