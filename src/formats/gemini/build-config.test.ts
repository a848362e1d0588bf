import { describe, expect, test } from 'bun:test';
import { isReadByGemini } from './read-part.ts';
import { chat, decode, encode, rebuild, user } from './request.test-data.ts';

describe('thinking', () => {
  const sent = (reasoning: object, upstreamModel: string) => {
    const { body, losses } = encode(chat({ reasoning }), { upstreamModel });
    return [body.generationConfig?.thinkingConfig, losses.map(({ field, outcome }) => `${field} ${outcome}`)];
  };

  test('is a budget for the second generation and a level for later ones', () => {
    const shown = { includeThoughts: true };
    const isEffort = ['reasoning.effort approximated'];
    expect(sent({ max_tokens: 2_000 }, 'gemini-2.5-flash')).toEqual([{ ...shown, thinkingBudget: 2_000 }, []]);
    expect(sent({ effort: 'high' }, 'gemini-2.5-pro')).toEqual([{ ...shown, thinkingBudget: 13_107 }, isEffort]);
    expect(sent({ effort: 'none' }, 'gemini-2.5-flash')).toEqual([{ thinkingBudget: 0 }, []]);
    expect(sent({ effort: 'none' }, 'gemini-2.5-pro')).toEqual([{ thinkingBudget: 128 }, isEffort]);
    expect(sent({ effort: 'low', exclude: true }, 'gemini-3-pro-preview')).toEqual([
      { includeThoughts: false, thinkingLevel: 'LOW' },
      [],
    ]);
    expect(sent({ effort: 'xhigh' }, 'gemini-3-flash')).toEqual([{ ...shown, thinkingLevel: 'HIGH' }, isEffort]);
    expect(sent({ enabled: true }, 'gemini-2.5-flash')).toEqual([{ ...shown, thinkingBudget: -1 }, []]);
  });

  test('comes back as it was asked for', () => {
    for (const thinkingConfig of [
      { includeThoughts: true, thinkingBudget: 1_024 },
      { includeThoughts: true, thinkingBudget: -1 },
      { thinkingBudget: 0 },
      { includeThoughts: false, thinkingBudget: 512 },
    ]) {
      const body = { contents: [user({ text: 'x' })], generationConfig: { thinkingConfig } };
      expect(rebuild(body).body.generationConfig as object).toEqual({ thinkingConfig });
    }
    const level = {
      contents: [user({ text: 'x' })],
      generationConfig: { thinkingConfig: { includeThoughts: true, thinkingLevel: 'LOW' } },
    };
    expect(rebuild(level, { upstreamModel: 'gemini-3-flash' }).body.generationConfig as object).toEqual(
      level.generationConfig,
    );
  });
});

describe('media by address', () => {
  const media = new Map([['https://a.example/x.png', { mediaType: 'image/png', base64: 'QQ==' }]]);

  test('is sent as its data, whoever gave the address', () => {
    const inline = { inlineData: { mimeType: 'image/png', data: 'QQ==' } };
    const own = decode({
      contents: [user({ text: 'x' }, { fileData: { fileUri: 'https://a.example/x.png', mimeType: 'image/png' } })],
    });
    expect(encode(own, { media }).body.contents[0]!.parts[1] as object).toEqual(inline);
    const picture = { type: 'image_url', image_url: { url: 'https://a.example/x.png' } };
    const other = chat({ messages: [{ role: 'user', content: [picture] }] });
    expect(encode(other, { media }).body.contents[0]!.parts as object[]).toEqual([inline]);
  });

  test('that Gemini opens itself is not fetched', () => {
    for (const [address, isOpened] of [
      ['gs://bucket/a.png', true],
      ['https://www.youtube.com/watch?v=abc', true],
      ['https://youtu.be/abc', true],
      ['https://generativelanguage.googleapis.com/v1beta/files/abc', true],
      ['https://a.example/x.png', false],
      ['https://evil.example/youtube.com/watch?v=abc', false],
    ] as const) {
      expect([address, isReadByGemini(address)]).toEqual([address, isOpened]);
    }
    const film = { type: 'video_url', video_url: { url: 'https://youtu.be/abc' } };
    expect(encode(chat({ messages: [{ role: 'user', content: [film] }] })).body.contents[0]!.parts as object[]).toEqual(
      [{ fileData: { mimeType: 'video/mp4', fileUri: 'https://youtu.be/abc' } }],
    );
  });
});
