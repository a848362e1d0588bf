import type { Provider } from './provider.ts';

export default {
  id: 'stackit',
  name: 'STACKIT',
  baseUrl: 'https://api.openai-compat.model-serving.eu01.onstackit.cloud/v1',
  format: 'openai-chat',
  environmentKeys: ['STACKIT_API_KEY'],
  documentation: 'https://docs.stackit.cloud/products/data-and-ai/ai-model-serving/basics/available-shared-models',
} satisfies Provider;
