import type { Provider } from './provider.ts';

export default {
  id: 'wandb',
  name: 'WandB',
  baseUrl: 'https://api.inference.wandb.ai/v1',
  format: 'openai-chat',
  environmentKeys: ['WANDB_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  documentation: 'https://docs.wandb.ai/inference',
} satisfies Provider;
