import type { Provider } from './provider.ts';

export default {
  id: 'ionos',
  name: 'IONOS',
  baseUrl: 'https://openai.inference.de-txl.ionos.com/v1',
  format: 'openai-chat',
  environmentKeys: ['IONOS_API_TOKEN', 'IONOS_API_KEY'],
  documentation: 'https://docs.ionos.com/cloud/ai/ai-model-hub',
} satisfies Provider;
