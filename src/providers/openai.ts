import type { Provider } from './provider.ts';

/** `max_tokens` is deprecated and refused by the reasoning models; unknown sampling fields are refused by all. */
export default {
  id: 'openai',
  name: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['OPENAI_API_KEY'],
  quirks: {
    cacheMarks: 'refused',
    rename: { max_tokens: 'max_completion_tokens' },
    drop: ['top_k', 'min_p', 'top_a', 'repetition_penalty'],
  },
  stopsOnAbort: true,
  documentation: 'https://platform.openai.com/docs/api-reference/chat/create',
  headquarters: 'US',
  privacyPolicyUrl: 'https://openai.com/policies/privacy-policy/',
  termsOfServiceUrl: 'https://openai.com/policies/row-terms-of-use/',
  statusPageUrl: 'https://status.openai.com/',
  dataPolicy: {
    trainsOnPrompts: false,
    retainsPrompts: true,
    retentionDays: 30,
    zeroDataRetention: false,
    source: 'https://developers.openai.com/api/docs/guides/your-data',
  },
} satisfies Provider;
