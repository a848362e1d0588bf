import type { Provider } from './provider.ts';

export default {
  id: 'ovhcloud',
  name: 'OVHcloud',
  baseUrl: 'https://oai.endpoints.kepler.ai.cloud.ovh.net/v1',
  format: 'openai-chat',
  environmentKeys: ['OVH_AI_ENDPOINTS_ACCESS_TOKEN', 'OVHCLOUD_API_KEY'],
  documentation: 'https://endpoints.ai.cloud.ovh.net',
} satisfies Provider;
