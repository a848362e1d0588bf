import type { Provider } from './provider.ts';

/** The Gemini API with a key from AI Studio. A last turn of the model is answered, not written on: it is asked for the rest. */
export default {
  id: 'google-ai-studio',
  name: 'Google AI Studio',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  format: 'gemini',
  continues: 'instruct',
  environmentKeys: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'],
  headers: (secret) => ({ 'x-goog-api-key': secret }),
  // Kept apart on Vertex only; here they are an unknown field, and unknown fields are answered with a 400.
  quirks: { drop: ['labels'] },
  stopsOnAbort: false,
  documentation: 'https://ai.google.dev/api/generate-content',
} satisfies Provider;
