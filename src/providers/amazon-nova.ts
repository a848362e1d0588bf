import type { Provider } from './provider.ts';

export default {
  id: 'amazon-nova',
  name: 'Amazon Nova',
  baseUrl: 'https://api.nova.amazon.com/v1',
  format: 'openai-chat',
  environmentKeys: ['NOVA_API_KEY'],
  documentation: 'https://nova.amazon.com/dev/documentation',
} satisfies Provider;
