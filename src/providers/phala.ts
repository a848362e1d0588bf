import type { Provider } from './provider.ts';

/** Phala offers its confidential machines under the RedPill API. */
export default {
  id: 'phala',
  name: 'Phala',
  baseUrl: 'https://api.redpill.ai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['REDPILL_API_KEY'],
  documentation: 'https://docs.redpill.ai',
} satisfies Provider;
