import type { Provider } from './provider.ts';

export default {
  id: 'github-models',
  name: 'GitHub Models',
  baseUrl: 'https://models.github.ai/inference',
  format: 'openai-chat',
  environmentKeys: ['GITHUB_TOKEN'],
  documentation: 'https://docs.github.com/en/github-models',
} satisfies Provider;
