import type { Provider } from './provider.ts';

/** Any field outside its schema is answered with 422 `extra_forbidden`, `stream_options` among them; usage comes unasked. */
export default {
  id: 'mistral',
  name: 'Mistral',
  baseUrl: 'https://api.mistral.ai/v1',
  format: 'openai-chat',
  continues: 'prefill',
  environmentKeys: ['MISTRAL_API_KEY'],
  quirks: {
    cacheMarks: 'refused',
    rename: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
    drop: [
      'logit_bias',
      'logprobs',
      'top_logprobs',
      'top_k',
      'min_p',
      'top_a',
      'repetition_penalty',
      'user',
      'store',
      'service_tier',
    ],
    roles: { developer: 'system' },
    streamUsage: 'given',
    prefill: { message: { prefix: true } },
  },
  stopsOnAbort: false,
  documentation: 'https://docs.mistral.ai/api/',
  headquarters: 'FR',
  privacyPolicyUrl: 'https://mistral.ai/terms/#privacy-policy',
  termsOfServiceUrl: 'https://mistral.ai/terms/#terms-of-use',
  statusPageUrl: 'https://status.mistral.ai/',
} satisfies Provider;
