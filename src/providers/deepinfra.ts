import type { Provider } from './provider.ts';

/** Keeps nothing and trains on nothing, except with the models of Google and Anthropic that it passes on: said per endpoint. */
export default {
  id: 'deepinfra',
  name: 'DeepInfra',
  baseUrl: 'https://api.deepinfra.com/v1/openai',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['DEEPINFRA_API_KEY', 'DEEPINFRA_TOKEN'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  stopsOnAbort: true,
  documentation: 'https://deepinfra.com/docs/advanced/openai_api',
  privacyPolicyUrl: 'https://docs.deepinfra.com/account/data-privacy',
} satisfies Provider;
