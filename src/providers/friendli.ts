import type { Provider } from './provider.ts';

export default {
  id: 'friendli',
  name: 'Friendli',
  baseUrl: 'https://api.friendli.ai/serverless/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['FRIENDLI_TOKEN'],
  stopsOnAbort: true,
  documentation: 'https://friendli.ai/docs/guides/serverless_endpoints/introduction',
} satisfies Provider;
