import type { Provider } from './provider.ts';

export default {
  id: 'minimax',
  name: 'Minimax',
  baseUrl: 'https://api.minimax.io/v1',
  format: 'openai-chat',
  environmentKeys: ['MINIMAX_API_KEY'],
  stopsOnAbort: false,
  documentation: 'https://platform.minimax.io/docs/guides/quickstart',
} satisfies Provider;
