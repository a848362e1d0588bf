import type { Provider } from './provider.ts';

export default {
  id: 'atlas-cloud',
  name: 'AtlasCloud',
  baseUrl: 'https://api.atlascloud.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['ATLASCLOUD_API_KEY'],
  documentation: 'https://atlascloud.ai',
} satisfies Provider;
