import type { Provider } from './provider.ts';

export default {
  id: 'deepinfra',
  name: 'DeepInfra',
  baseUrl: 'https://api.deepinfra.com/v1/openai',
  format: 'openai-chat',
  environmentKeys: ['DEEPINFRA_API_KEY', 'DEEPINFRA_TOKEN'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  stopsOnAbort: true,
  documentation: 'https://deepinfra.com/docs/advanced/openai_api',
} satisfies Provider;
