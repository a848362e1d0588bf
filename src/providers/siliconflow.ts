import type { Provider } from './provider.ts';

export default {
  id: 'siliconflow',
  name: 'SiliconFlow',
  baseUrl: 'https://api.siliconflow.com/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['SILICONFLOW_API_KEY'],
  documentation: 'https://cloud.siliconflow.com/models',
  headquarters: 'SG',
} satisfies Provider;
