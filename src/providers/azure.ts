import type { Provider } from './provider.ts';

/** The model's name is the name the operator gave the deployment; by default Foundry names it like the model. */
export default {
  id: 'azure',
  name: 'Azure',
  baseUrl: 'https://{resource}.services.ai.azure.com/openai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY'],
  settings: { resource: 'AZURE_RESOURCE_NAME' },
  headers: (secret: string) => ({ 'api-key': secret }),
  stopsOnAbort: true,
  documentation: 'https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle',
  headquarters: 'US',
  privacyPolicyUrl: 'https://www.microsoft.com/en-us/privacy/privacystatement',
  termsOfServiceUrl: 'https://www.microsoft.com/en-us/legal/terms-of-use',
  statusPageUrl: 'https://status.azure.com/',
} satisfies Provider;
