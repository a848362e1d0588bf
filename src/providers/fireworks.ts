import type { Provider } from './provider.ts';

export default {
  id: 'fireworks',
  name: 'Fireworks',
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['FIREWORKS_API_KEY'],
  quirks: {
    cacheMarks: 'refused',
    drop: ['store'],
    roles: { developer: 'system' },
  },
  stopsOnAbort: true,
  documentation: 'https://docs.fireworks.ai/api-reference/post-chatcompletions',
  dataPolicy: {
    retainsPrompts: false,
    zeroDataRetention: true,
    source: 'https://docs.fireworks.ai/guides/security_compliance/secure_training',
  },
} satisfies Provider;
