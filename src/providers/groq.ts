import type { Provider } from './provider.ts';

/** Groq documents a 400 for the log probability fields and for `logit_bias`. */
export default {
  id: 'groq',
  name: 'Groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  format: 'openai-chat',
  continues: 'prefill',
  environmentKeys: ['GROQ_API_KEY'],
  quirks: {
    cacheMarks: 'refused',
    drop: ['logit_bias', 'logprobs', 'top_logprobs', 'store'],
  },
  stopsOnAbort: false,
  documentation: 'https://console.groq.com/docs/openai',
  dataPolicy: {
    retainsPrompts: false,
    source: 'https://console.groq.com/docs/your-data',
  },
} satisfies Provider;
