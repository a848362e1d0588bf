import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { dataUrl, drawPng, startTestEngine, type TestEngine, user } from './test-engine.ts';

interface Answer {
  readonly choices: readonly [{ readonly message: { readonly content: string } }];
  readonly usage: {
    readonly prompt_tokens: number;
    readonly prompt_tokens_details: { readonly cached_tokens: number };
  };
  readonly error?: { readonly message: string; readonly code: string };
}

const RED = [214, 40, 40];
const BLUE = [40, 80, 210];
const BLACK = [20, 20, 20];

let engine: TestEngine;
beforeAll(async () => {
  engine = await startTestEngine();
});
afterAll(() => engine.kill());

const picture = (url: string) => ({ type: 'image_url', image_url: { url } });
const text = (text: string) => ({ type: 'text', text });

async function answer(parts: readonly object[], from = engine): Promise<Answer> {
  return (await (await from.ask({ messages: [user(parts)], temperature: 0 })).json()) as Answer;
}

test('it names the colours of a picture in any common format and size', async () => {
  const png = drawPng(64, RED, BLACK);
  const large = drawPng(300, RED, BLACK);
  const jpeg = await new Bun.Image(large).jpeg().bytes();
  const webp = await new Bun.Image(large).webp({ lossless: true }).bytes();
  for (const url of [dataUrl(png), dataUrl(large), dataUrl(jpeg, 'jpeg'), dataUrl(webp, 'webp')]) {
    const given = await answer([text('What do you see?'), picture(url)]);
    expect(given.choices[0].message.content).toMatch(/^A red \w+ on a black background\.$/);
  }
});

test('each picture takes as many tokens as it has pieces, and stands where it was put', async () => {
  const url = dataUrl(drawPng(64, RED, BLACK));
  const tokens = async (count: number) =>
    (await answer([text('What do you see?'), ...Array<object>(count).fill(picture(url))])).usage.prompt_tokens;
  const [none, one, three] = [await tokens(0), await tokens(1), await tokens(3)];
  expect(one - none).toBeGreaterThan(16);
  expect(three - none).toBe(3 * (one - none));
});

test('a picture that was seen before is known again, and another one is not taken for it', async () => {
  const ask = (colour: readonly number[]) =>
    answer([picture(dataUrl(drawPng(64, colour, BLACK))), text('What do you see in this picture, please? '.repeat(8))]);
  const cached = async (colour: readonly number[]) => (await ask(colour)).usage.prompt_tokens_details.cached_tokens;
  expect(await cached(RED)).toBe(0);
  expect(await cached(RED)).toBeGreaterThan(32);
  // What is the same is no more than what stands before the picture.
  expect(await cached(BLUE)).toBe(0);
});

describe('a picture that cannot be read', () => {
  test('is refused, and the engine lives on', async () => {
    const png = drawPng(64, RED, BLACK);
    const damaged = Buffer.from(png);
    damaged.fill(0xff, 45, 60);
    const wide = Buffer.from(png);
    wide.writeUInt32BE(1_000_000, 16);
    const urls = [
      dataUrl(png.subarray(0, 60)),
      dataUrl(damaged),
      dataUrl(wide),
      dataUrl(Buffer.from('GIF89a'), 'gif'),
      dataUrl(Buffer.from('ffd8ffe000104a464946', 'hex'), 'jpeg'),
      'data:image/png;base64,%%%%',
      'data:image/png;base64,',
      'data:text/plain;base64,aGk=',
      'https://example.com/a.png',
      'file:///etc/passwd',
    ];
    for (const url of urls) {
      const response = await engine.ask({ messages: [user([picture(url)])] });
      const { error } = (await response.json()) as Answer;
      expect([url.slice(0, 30), response.status, error?.code]).toEqual([url.slice(0, 30), 400, 'invalid_image']);
    }
    expect((await answer([text('Bye')])).choices[0].message.content).toBe('Goodbye.');
  });

  test('is told apart from too many, and from a prompt that they make too long', async () => {
    const url = dataUrl(drawPng(64, RED, BLACK));
    const code = async (count: number, more = '') =>
      (await answer([text(more), ...Array<object>(count).fill(picture(url))])).error?.code;
    expect(await code(17)).toBe('too_many_images');
    expect(await code(16, 'word '.repeat(780))).toBe('context_length_exceeded');
    expect(await code(16)).toBeUndefined();
  });

  test('has no place in a message of the system or of the assistant', async () => {
    const parts = [picture(dataUrl(drawPng(64, RED, BLACK)))];
    for (const role of ['system', 'assistant']) {
      const response = await engine.ask({ messages: [{ role, content: parts }, user('Hi')] });
      expect([role, response.status]).toEqual([role, 400]);
    }
  });
});

test('without its projector it reads text, and says that it reads no pictures', async () => {
  const blind = await startTestEngine({ projector: '/nowhere/mmproj.gguf' });
  try {
    expect(await blind.health()).toMatchObject({ pictures: false });
    expect((await answer([text('Bye')], blind)).choices[0].message.content).toBe('Goodbye.');
    const { error } = await answer([picture(dataUrl(drawPng(64, RED, BLACK)))], blind);
    expect(error).toMatchObject({
      code: 'unsupported_parameter',
      message: expect.stringContaining('reads no pictures'),
    });
  } finally {
    blind.kill();
  }
});
