import type { Provider } from './provider.ts';

/** From here on, models refuse to be told how to choose tokens: Opus 4.7, and everything from the fifth generation on. */
const WITHOUT_SAMPLING =
  /^claude-(?:opus-4-[7-9]|(?:opus|sonnet|haiku|fable|mythos)-(?:[5-9]|\d{2})(?:-|$)|mythos-preview)/;
/** These also take a message of the system after one of the user. */
const WITH_SYSTEM_MESSAGES = /^claude-(?:opus-4-[89]|(?:opus|fable|mythos)-(?:[5-9]|\d{2})(?:-|$))/;
const SAMPLING = ['temperature', 'top_p', 'top_k'];

export default {
  id: 'anthropic',
  name: 'Anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  format: 'anthropic-messages',
  // Models since 4.6 refuse a last message of the assistant.
  continues: 'instruct',
  environmentKeys: ['ANTHROPIC_API_KEY'],
  headers: (secret) => ({ 'x-api-key': secret, 'anthropic-version': '2023-06-01' }),
  quirks: {
    roles: { system: 'user' },
    models: [
      { match: WITH_SYSTEM_MESSAGES, quirks: { drop: SAMPLING, roles: {} } },
      { match: WITHOUT_SAMPLING, quirks: { drop: SAMPLING } },
    ],
  },
  stopsOnAbort: true,
  documentation: 'https://platform.claude.com/docs/en/api/messages',
  headquarters: 'US',
  privacyPolicyUrl: 'https://www.anthropic.com/legal/privacy',
  termsOfServiceUrl: 'https://www.anthropic.com/legal/commercial-terms',
  statusPageUrl: 'https://status.anthropic.com/',
} satisfies Provider;
