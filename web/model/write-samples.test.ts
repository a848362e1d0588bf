import { expect, test } from 'bun:test';
import { LANGUAGES, type SampleOptions, sampleBody, writeSample } from './write-samples.ts';

const PLAIN: SampleOptions = {
  address: 'https://llm.example.org/gw',
  model: 'meta-llama/llama-4-scout',
  streams: false,
  tools: false,
  image: false,
  schema: false,
  provider: '',
};
const FULL: SampleOptions = {
  ...PLAIN,
  streams: true,
  tools: true,
  image: true,
  schema: true,
  provider: 'deepinfra/fp8',
};

test('every sample names the address with its prefix, the model, and the key as a variable only', () => {
  for (const [language] of LANGUAGES) {
    for (const options of [PLAIN, FULL]) {
      const text = writeSample(language, options);
      const has = [
        text.includes('https://llm.example.org/gw/api/v1'),
        text.includes('meta-llama/llama-4-scout'),
        text.includes('TRUNKLINE_API_KEY'),
        /sk-/.test(text),
      ];
      expect([language, ...has]).toEqual([language, true, true, true, false]);
    }
  }
});

test('what is switched on stands in each sample, and only then', () => {
  for (const [language] of LANGUAGES) {
    const found = (options: SampleOptions) => {
      const text = writeSample(language, options);
      return [/get_weather/, /deepinfra\/fp8/, /stream/i, /additionalProperties/].map((part) => part.test(text));
    };
    expect([language, ...found(FULL)]).toEqual([language, true, true, true, true]);
    expect([language, ...found(PLAIN)]).toEqual([language, false, false, false, false]);
  }
});

test('TypeScript samples are TypeScript', () => {
  const check = new Bun.Transpiler({ loader: 'ts' });
  for (const language of ['typescript', 'ai-sdk', 'openrouter'] as const) {
    for (const options of [PLAIN, FULL])
      expect(() => check.transformSync(writeSample(language, options))).not.toThrow();
  }
});

test('the body in the shell’s quotes is JSON of the same request', () => {
  const text = writeSample('curl', FULL);
  const json = /-d '([\s\S]*)'$/.exec(text)?.[1]?.replaceAll("'\\''", "'");
  expect(JSON.parse(json ?? '')).toEqual(JSON.parse(JSON.stringify(sampleBody(FULL))));
});

test('Python writes its own words for true and nothing of JSON’s', () => {
  const text = writeSample('python', FULL);
  expect([text.includes('stream=True'), /\btrue\b|\bfalse\b|\bnull\b/.test(text)]).toEqual([true, false]);
  expect(text).toContain('extra_body={');
});
