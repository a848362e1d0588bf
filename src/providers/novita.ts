import type { Provider } from './provider.ts';

export default {
  id: 'novita',
  name: 'Novita',
  baseUrl: 'https://api.novita.ai/openai',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['NOVITA_API_KEY'],
  stopsOnAbort: true,
  documentation: 'https://novita.ai/docs/guides/llm-api',
} satisfies Provider;
