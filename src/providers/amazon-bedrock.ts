import type { Provider } from './provider.ts';

/** With an API key of Bedrock's own; keys that sign each request are not taken. */
export default {
  id: 'amazon-bedrock',
  name: 'Amazon Bedrock',
  baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com',
  format: 'bedrock-converse',
  continues: 'instruct',
  environmentKeys: ['AWS_BEARER_TOKEN_BEDROCK'],
  settings: { region: 'AWS_REGION' },
  stopsOnAbort: false,
  documentation: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html',
  headquarters: 'US',
  privacyPolicyUrl: 'https://aws.amazon.com/privacy/',
  termsOfServiceUrl: 'https://aws.amazon.com/service-terms/',
  statusPageUrl: 'https://health.aws.amazon.com/health/status',
} satisfies Provider;
