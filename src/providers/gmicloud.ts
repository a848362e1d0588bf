import type { Provider } from './provider.ts';

export default {
  id: 'gmicloud',
  name: 'GMICloud',
  baseUrl: 'https://api.gmi-serving.com/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['GMI_API_KEY', 'GMICLOUD_API_KEY'],
  documentation: 'https://docs.gmicloud.ai/inference-engine/api-reference/llm-api-reference',
  headquarters: 'US',
} satisfies Provider;
