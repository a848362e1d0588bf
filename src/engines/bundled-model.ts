/** What `trunkline/mini` is, as catalogue facts. Its weights and how they were made: `engine/models/README.md`. */
import type { Endpoint } from '../catalog/endpoint.ts';
import type { Model } from '../catalog/model.ts';
import { FREE } from '../catalog/price.ts';

const SEEN_AT = '2026-11-26';
const SOURCE = 'engine/models/README.md';

export const BUNDLED_CONTEXT_TOKENS = 4096;
export const BUNDLED_OUTPUT_TOKENS_MAX = 1024;
/** Answers at once. */
export const BUNDLED_SLOTS = 8;
export const BUNDLED_UPSTREAM_MODEL = 'trunkline/mini';

/** The fields of a provider that do not change between starts; the address and the key come from the running engine. */
export const bundledProvider = {
  id: 'trunkline',
  name: 'Trunkline',
  format: 'openai-chat',
  /** A last message of the assistant is continued. */
  continues: 'prefill',
  stopsOnAbort: true,
  /** Beginnings of prompts are kept, and shared only under the same salt. */
  quirks: { cacheSaltField: 'cache_salt' },
  dataPolicy: {
    trainsOnPrompts: false,
    retainsPrompts: false,
    zeroDataRetention: true,
    source: SOURCE,
  },
} as const;

export const bundledModel: Model = {
  id: 'trunkline/mini',
  canonicalSlug: 'trunkline/mini',
  aliases: [],
  author: 'trunkline',
  name: 'Trunkline: Mini',
  description:
    'A tiny demonstration model with the Llama 4 architecture that runs inside this installation. It was trained from ' +
    'scratch on questions about Trunkline and on pictures of coloured shapes, and says of other questions that it does not know. It is not ' +
    'Llama 4 Scout: it shows that the path from request to answer works, and is free.',
  created: 1_795_651_200,
  license: 'MIT',
  openWeights: true,
  inputModalities: ['text', 'image'],
  outputModalities: ['text'],
  tokenizer: 'Other',
  isBundled: true,
  sources: [{ source: SOURCE, seenAt: SEEN_AT }],
};

export const bundledEndpoint: Endpoint = {
  id: 'trunkline/mini|trunkline',
  modelId: bundledModel.id,
  tag: 'trunkline',
  providerId: bundledProvider.id,
  providerName: bundledProvider.name,
  upstreamModel: BUNDLED_UPSTREAM_MODEL,
  quantization: 'int8',
  contextTokensMax: BUNDLED_CONTEXT_TOKENS,
  outputTokensMax: BUNDLED_OUTPUT_TOKENS_MAX,
  supportedParameters: [
    'temperature',
    'top_p',
    'top_k',
    'min_p',
    'top_a',
    'frequency_penalty',
    'presence_penalty',
    'repetition_penalty',
    'max_tokens',
    'max_completion_tokens',
    'seed',
    'stop',
    'logit_bias',
    'logprobs',
    'top_logprobs',
    'response_format',
    'structured_outputs',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
  ],
  inputModalities: ['text', 'image'],
  outputModalities: ['text'],
  price: { id: 'trunkline/mini', ...FREE, source: SOURCE, seenAt: SEEN_AT },
  implicitCaching: true,
  isModerated: false,
  trainsOnPrompts: false,
  zeroDataRetention: true,
  status: 'active',
  isLocal: true,
};
