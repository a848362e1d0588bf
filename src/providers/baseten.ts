import type { Provider } from './provider.ts';

export default {
  id: 'baseten',
  name: 'BaseTen',
  baseUrl: 'https://inference.baseten.co/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['BASETEN_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
    drop: ['store'],
    roles: { developer: 'system' },
  },
  documentation: 'https://docs.baseten.co/inference/model-apis/overview',
} satisfies Provider;
