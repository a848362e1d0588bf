/**
 * Does the model count tokens as Llama 4 does? Asked for the tokens themselves where an engine gives them, else read off the usage
 * of three short questions, whose differences do not depend on the chat template around them.
 */
import { z } from 'zod';
import type { AnswerUsage } from './ask-engine.ts';
import { askEngine } from './ask-engine.ts';
import { askPath, type EngineLine, NoAnswer } from './engine-line.ts';
import type { IdentityFact } from './identity-fact.ts';

/** One token in every tokenizer that we looked at. */
const SHORTEST = 'one';

/**
 * Texts with the ids that Meta's own tokenizer of Llama 4 gives them (`llama-models` 0.3.0). Their counts, 14 and 21, are
 * 23 and 26 with Llama 3's, 27 and 23 with Qwen 3's, 21 and 22 with Gemma 3's, 22 and 23 with DeepSeek V3's, 17 and 23 with GPT-4o's.
 */
export const TOKENIZER_PROBES = [
  {
    text: 'Ein Verkehrsinfrastrukturfinanzierungsgesetz beschäftigt heute 1234567 Menschen.',
    ids: [30674, 52263, 8992, 197620, 183751, 98580, 141366, 32774, 220, 7235, 19596, 35, 20373, 26],
  },
  {
    text: '今日は東京で雨が降っています。明日はどうでしょうか？ 서울의 날씨는 맑습니다.',
    ids: [
      ...[48469, 2301, 76577, 2164, 18253, 2486, 14113, 54157, 693, 170967, 2301],
      ...[42912, 106066, 4740, 26954, 1621, 34208, 107057, 196158, 5700, 26],
    ],
  },
] as const;

const tokensSchema = z.object({ tokens: z.array(z.number().int()).max(1_000) });

/** `engine` is where `/tokenize` may stand, `line` where questions go. Undefined where neither tells. */
export async function identifyTokenizer(engine: EngineLine, line: EngineLine): Promise<IdentityFact | undefined> {
  return (await compareIds(engine)) ?? (await compareCounts(line));
}

/** Undefined where the engine does not give tokens. */
export async function compareIds(engine: EngineLine): Promise<IdentityFact | undefined> {
  for (const { text, ids } of TOKENIZER_PROBES) {
    const tokens = await tokenize(engine, text);
    if (!tokens) return undefined;
    if (tokens.join() !== ids.join())
      return factOf('wrong', `${tokens.slice(0, 4).join()}… where Llama 4 has ${ids.slice(0, 4).join()}…`);
  }
  return factOf('right', 'the same tokens');
}

/** llama-server calls the text `content`, vLLM and SGLang `prompt`; each passes over what it does not know. */
async function tokenize(engine: EngineLine, text: string): Promise<readonly number[] | undefined> {
  const root = { ...engine, baseUrl: engine.baseUrl.replace(/\/v1$/, '') };
  const special = { add_special: false, add_special_tokens: false };
  try {
    const { status, body } = await askPath(root, '/tokenize', {
      ...{ content: text, prompt: text, ...special },
      ...(engine.model !== '' && { model: engine.model }),
    });
    const parsed = tokensSchema.safeParse(body);
    return status === 200 && parsed.success ? parsed.data.tokens : undefined;
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return undefined;
  }
}

async function compareCounts(line: EngineLine): Promise<IdentityFact | undefined> {
  const shortest = await countPrompt(line, SHORTEST);
  if (shortest === undefined) return undefined;
  for (const { text, ids } of TOKENIZER_PROBES) {
    const count = await countPrompt(line, text);
    if (count === undefined) return undefined;
    const more = count.promptTokens - shortest.promptTokens;
    if (more !== ids.length - 1)
      return factOf('wrong', `${more + 1} tokens for a text where Llama 4 has ${ids.length}`);
  }
  return factOf('right', 'the same counts');
}

async function countPrompt(line: EngineLine, content: string): Promise<AnswerUsage | undefined> {
  return (await askEngine(line, { messages: [{ role: 'user', content }], outputTokensMax: 1 })).usage;
}

function factOf(verdict: 'right' | 'wrong', found: string): IdentityFact {
  return { kind: 'tokenizer', what: 'tokenizer', expected: 'the tokenizer of Llama 4', found, verdict };
}
