/** Each official SDK as a reader of streams: how it is asked, what of its object is the provider's, and what it means. */
import Anthropic from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { createOpenRouter } from '@openrouter/ai-sdk-provider';
import { OpenRouter } from '@openrouter/sdk';
import { jsonSchema, streamText, tool } from 'ai';
import OpenAI from 'openai';

const MODEL = 'demo/talker';
const MESSAGES = [{ role: 'user', content: 'Speak' }];
const TOOLS = [{ type: 'function', function: { name: 'any', parameters: { type: 'object' } } }];

function indexAfter(bytes, marker) {
  const text = Buffer.from(bytes).toString('latin1');
  const at = text.lastIndexOf(marker);
  return at < 0 ? bytes.length : at + marker.length;
}

/** Everything but what the exchange puts on each answer, and what it adds: strict clients expect fields that are null. */
function without(value, names) {
  return Object.fromEntries(Object.entries(value).filter(([name, field]) => !names.includes(name) && field !== null));
}

/** Of usage only what the provider reported: ours has the cost beside it. */
const OWN_USAGE = ['cost', 'is_byok', 'cost_details', 'usage_source'];

const FINISH = { eos: 'stop', end_turn: 'stop', max_tokens: 'length', tool_use: 'tool_calls' };

const openaiChat = {
  name: 'openai chat',
  format: 'openai-chat',
  completeAt: (bytes) => indexAfter(bytes, 'data: [DONE]'),
  async read(origin, isDirect) {
    const client = new OpenAI({ baseURL: isDirect ? `${origin}/v1` : `${origin}/api/v1`, apiKey: 'x', maxRetries: 0 });
    const stream = await client.chat.completions.create({
      model: MODEL,
      messages: MESSAGES,
      tools: TOOLS,
      stream: true,
    });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    const folded = foldChat(chunks);
    if (folded.choices.length === 0 || folded.choices.some(({ finish_reason }) => !finish_reason))
      throw new Error('no finish');
    return folded;
  },
  normalise(answer) {
    return {
      choices: answer.choices.map(({ finish_reason, ...choice }) => ({
        ...choice,
        finish_reason: FINISH[finish_reason] ?? finish_reason,
      })),
      usage: answer.usage && {
        prompt: answer.usage.prompt_tokens,
        completion: answer.usage.completion_tokens,
        cached:
          answer.usage.prompt_tokens_details?.cached_tokens ??
          answer.usage.prompt_cache_hit_tokens ??
          answer.usage.cached_tokens ??
          0,
      },
    };
  },
  meaning(answer) {
    const [choice] = answer.choices;
    return {
      text: choice.content + choice.refusal,
      reasoning: choice.reasoning,
      toolCalls: choice.toolCalls.map(({ name, arguments: args }) => ({ name, arguments: args })),
    };
  },
};

/** The SDK leaves folding of a raw stream to its user: what its own helper does, without refusing fields it does not know. */
function foldChat(chunks) {
  const choices = new Map();
  let usage;
  for (const chunk of chunks) {
    usage = chunk.usage ?? chunk.x_groq?.usage ?? usage;
    for (const { index = 0, delta = {}, finish_reason, logprobs } of chunk.choices ?? []) {
      const choice = choices.get(index) ?? {
        content: '',
        refusal: '',
        reasoning: '',
        toolCalls: [],
        logprobs: [],
        finish_reason: undefined,
      };
      choices.set(index, choice);
      choice.content += delta.content ?? '';
      choice.refusal += delta.refusal ?? '';
      choice.reasoning += delta.reasoning ?? delta.reasoning_content ?? '';
      choice.logprobs.push(...(logprobs?.content ?? []));
      for (const call of delta.tool_calls ?? []) {
        choice.toolCalls[call.index ?? 0] ??= { id: '', name: '', arguments: '' };
        const known = choice.toolCalls[call.index ?? 0];
        known.id ||= call.id ?? '';
        known.name ||= call.function?.name ?? '';
        known.arguments += call.function?.arguments ?? '';
      }
      if (finish_reason) choice.finish_reason = finish_reason;
    }
  }
  return { choices: [...choices.keys()].sort().map((index) => choices.get(index)), usage };
}

const openaiResponses = {
  name: 'openai responses',
  format: 'openai-responses',
  completeAt: (bytes) => bytes.length - 1,
  async read(origin, isDirect) {
    const client = new OpenAI({ baseURL: isDirect ? `${origin}/v1` : `${origin}/api/v1`, apiKey: 'x', maxRetries: 0 });
    const tools = [{ type: 'function', name: 'any', parameters: { type: 'object' }, strict: false }];
    const stream = await client.responses.create({ model: MODEL, input: 'Speak', tools, stream: true });
    const events = [];
    for await (const event of stream) events.push(event);
    const last = events.at(-1);
    if (last?.type !== 'response.completed' && last?.type !== 'response.incomplete') throw new Error('no end');
    return { events, response: last.response };
  },
  normalise: ({ events, response }) => ({
    events: events.filter(({ type }) => !/^response\.(?:created|in_progress|completed|incomplete)$/.test(type)),
    response: {
      ...without(response, ['id', 'model', 'provider', 'usage']),
      usage: response.usage && without(response.usage, [...OWN_USAGE, 'input_tokens_details']),
    },
  }),
  meaning({ response }) {
    const items = response.output;
    return {
      text: items
        .flatMap((item) => (item.type === 'message' ? item.content : []))
        .map((part) => part.text ?? part.refusal ?? '')
        .join(''),
      reasoning: items
        .flatMap((item) => (item.type === 'reasoning' ? [...(item.content ?? []), ...item.summary] : []))
        .map(({ text }) => text)
        .join(''),
      toolCalls: items
        .filter(({ type }) => type === 'function_call')
        .map(({ name, arguments: args }) => ({ name, arguments: args })),
    };
  },
};

const anthropic = {
  name: 'anthropic messages',
  format: 'anthropic-messages',
  completeAt: (bytes) => indexAfter(bytes, 'event: message_stop'),
  async read(origin, isDirect) {
    const client = new Anthropic({ baseURL: isDirect ? origin : `${origin}/api`, apiKey: 'x', maxRetries: 0 });
    const tools = [{ name: 'any', input_schema: { type: 'object' } }];
    const stream = client.messages.stream({ model: MODEL, messages: MESSAGES, tools, max_tokens: 1000 });
    return await stream.finalMessage();
  },
  normalise: (message) => ({
    ...without(JSON.parse(JSON.stringify(message)), ['id', 'model', 'provider', 'usage', 'openrouter_metadata']),
    usage: { input: message.usage.input_tokens, output: message.usage.output_tokens },
  }),
  meaning: (message) => ({
    text: message.content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
    reasoning: message.content.map((block) => (block.type === 'thinking' ? block.thinking : '')).join(''),
    toolCalls: message.content.flatMap((block) =>
      block.type === 'tool_use' ? [{ name: block.name, arguments: block.input }] : [],
    ),
  }),
};

const gemini = {
  name: '@google/genai',
  format: 'gemini',
  completeAt: (bytes) => indexAfter(bytes, '}'),
  async read(origin, isDirect) {
    const httpOptions = { baseUrl: isDirect ? origin : `${origin}/api` };
    const { models } = new GoogleGenAI({ apiKey: 'x', httpOptions });
    const tools = [{ functionDeclarations: [{ name: 'any' }] }];
    const config = { tools, thinkingConfig: { includeThoughts: true } };
    const stream = await models.generateContentStream({ model: MODEL, contents: 'Speak', config });
    const read = { parts: [], facts: {}, usage: undefined };
    for await (const { candidates: [candidate] = [], usageMetadata } of stream) {
      read.usage = usageMetadata ?? read.usage;
      const { content, index, ...facts } = candidate ?? {};
      read.parts.push(...(content?.parts ?? []));
      Object.assign(read.facts, facts);
    }
    if (!read.facts.finishReason) throw new Error('no finish');
    return read;
  },
  normalise: ({ parts, facts, usage }) => ({ parts, facts, usage: without({ ...usage }, OWN_USAGE) }),
  meaning: ({ parts }) => ({
    text: parts.map((part) => (part.thought ? '' : (part.text ?? ''))).join(''),
    reasoning: parts.map((part) => (part.thought ? part.text : '')).join(''),
    toolCalls: parts.flatMap(({ functionCall }) =>
      functionCall ? [{ name: functionCall.name, arguments: functionCall.args }] : [],
    ),
  }),
};

/** OpenRouter's own SDK holds every frame to a schema, which no provider's own frames meet: it reads ours only. */
const openrouter = {
  name: '@openrouter/sdk',
  format: 'openrouter',
  async read(origin) {
    const client = new OpenRouter({ serverURL: `${origin}/api/v1`, apiKey: 'x', retryConfig: { strategy: 'none' } });
    const stream = await client.chat.send({
      chatRequest: { model: MODEL, messages: MESSAGES, tools: TOOLS, stream: true },
    });
    const read = { text: '', reasoning: '', calls: [], finish: undefined };
    for await (const { choices, error } of stream) {
      if (error) throw new Error(error.message);
      const [choice] = choices;
      read.text += (choice?.delta.content ?? '') + (choice?.delta.refusal ?? '');
      read.reasoning += choice?.delta.reasoning ?? '';
      read.finish = choice?.finishReason ?? read.finish;
      for (const piece of choice?.delta.toolCalls ?? []) {
        read.calls[piece.index] ??= { name: piece.function?.name, arguments: '' };
        read.calls[piece.index].arguments += piece.function?.arguments ?? '';
      }
    }
    if (!read.finish) throw new Error('no finish');
    return read;
  },
  meaning: ({ text, reasoning, calls }) => ({ text, reasoning, toolCalls: calls }),
};

const anything = tool({ inputSchema: jsonSchema({ type: 'object' }) });
const ai = {
  name: 'ai with @openrouter/ai-sdk-provider',
  format: 'ai',
  /** It has no word for a refusal, and shows nothing of it. */
  skipsRefusals: true,
  async read(origin, _, { toolNames }) {
    const model = createOpenRouter({ baseURL: `${origin}/api/v1`, apiKey: 'x' })(MODEL);
    const tools = Object.fromEntries(['any', ...toolNames].map((name) => [name, anything]));
    const parts = [];
    const stream = streamText({ model, prompt: 'Speak', tools, maxRetries: 0, onError: () => undefined });
    for await (const part of stream.fullStream) parts.push(part);
    const failed = parts.find(({ type }) => type === 'error');
    if (failed) throw failed.error;
    return parts;
  },
  meaning: (parts) => ({
    text: parts.map((part) => (part.type === 'text-delta' ? part.text : '')).join(''),
    reasoning: parts.map((part) => (part.type === 'reasoning-delta' ? part.text : '')).join(''),
    toolCalls: parts.flatMap((part) =>
      part.type === 'tool-call' ? [{ name: part.toolName, arguments: part.input }] : [],
    ),
  }),
};

export const READERS = [openaiChat, openaiResponses, anthropic, gemini, openrouter, ai];
