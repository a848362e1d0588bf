import type { Provider } from './provider.ts';

/** The dropped fields are documented to be answered with a 400. */
export default {
  id: 'cerebras',
  name: 'Cerebras',
  baseUrl: 'https://api.cerebras.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['CEREBRAS_API_KEY'],
  quirks: {
    cacheMarks: 'refused',
    drop: ['frequency_penalty', 'logit_bias', 'presence_penalty', 'parallel_tool_calls', 'service_tier', 'store'],
    roles: { developer: 'system' },
  },
  documentation: 'https://inference-docs.cerebras.ai/api-reference/chat-completions',
} satisfies Provider;
