import type { Provider } from './provider.ts';

export default {
  id: 'inference-net',
  name: 'InferenceNet',
  baseUrl: 'https://api.inference.net/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['INFERENCE_API_KEY'],
  stopsOnAbort: false,
  documentation: 'https://inference.net/models',
} satisfies Provider;
