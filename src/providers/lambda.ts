import type { Provider } from './provider.ts';

export default {
  id: 'lambda',
  name: 'Lambda',
  baseUrl: 'https://api.lambda.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['LAMBDA_API_KEY'],
  stopsOnAbort: false,
  documentation: 'https://github.com/BerriAI/litellm/blob/main/litellm/llms/lambda_ai/chat/transformation.py',
} satisfies Provider;
