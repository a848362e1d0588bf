import type { Provider } from './provider.ts';

/** The compatible route of the Gemini API, which answers unknown fields with a 400; Google's own format comes later. */
export default {
  id: 'google-ai-studio',
  name: 'Google AI Studio',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  quirks: {
    drop: [
      'frequency_penalty',
      'presence_penalty',
      'seed',
      'top_k',
      'min_p',
      'top_a',
      'repetition_penalty',
      'logit_bias',
      'user',
      'store',
      'reasoning',
    ],
  },
  stopsOnAbort: false,
  documentation: 'https://ai.google.dev/gemini-api/docs/openai',
} satisfies Provider;
