import type { Provider } from './provider.ts';

/** A router itself: `model:provider` chooses the host, `model` alone lets it choose. */
export default {
  id: 'huggingface',
  name: 'Hugging Face',
  baseUrl: 'https://router.huggingface.co/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['HF_TOKEN'],
  quirks: {
    roles: { developer: 'system' },
  },
  stopsOnAbort: false,
  documentation: 'https://huggingface.co/docs/inference-providers',
} satisfies Provider;
