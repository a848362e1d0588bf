import type { Provider } from './provider.ts';

/** Run by CoreWeave, which calls it free of retention, but keeps fragments of prompts for up to 14 days after an error. */
export default {
  id: 'wandb',
  name: 'WandB',
  baseUrl: 'https://api.inference.wandb.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['WANDB_API_KEY'],
  quirks: {
    rename: { max_completion_tokens: 'max_tokens' },
  },
  documentation: 'https://docs.wandb.ai/inference',
  dataPolicy: {
    trainsOnPrompts: false,
    source: 'https://docs.coreweave.com/products/inference/serverless/privacy-and-security',
  },
} satisfies Provider;
