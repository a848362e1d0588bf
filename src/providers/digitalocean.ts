import type { Provider } from './provider.ts';

export default {
  id: 'digitalocean',
  name: 'DigitalOcean',
  baseUrl: 'https://inference.do-ai.run/v1',
  format: 'openai-chat',
  environmentKeys: ['DIGITALOCEAN_ACCESS_TOKEN'],
  documentation: 'https://docs.digitalocean.com/products/gradient-ai-platform/details/models/',
} satisfies Provider;
