import type { Provider } from './provider.ts';

export default {
  id: 'ollama-cloud',
  name: 'Ollama Cloud',
  baseUrl: 'https://ollama.com/v1',
  format: 'openai-chat',
  environmentKeys: ['OLLAMA_API_KEY'],
  documentation: 'https://docs.ollama.com/cloud',
} satisfies Provider;
