import { azureHeaders, exchangeApplication } from './azure.ts';
import type { Provider } from './provider.ts';

/**
 * The older of Foundry's two addresses, for models of all authors: one route, where the model's name is the deployment's. The
 * newer one, which OpenAI's clients speak, is the provider `azure`.
 */
export default {
  id: 'azure-foundry',
  name: 'Azure AI Foundry',
  baseUrl: 'https://{resource}.services.ai.azure.com/models?api-version=2024-05-01-preview',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['AZURE_INFERENCE_CREDENTIAL'],
  settings: { resource: 'AZURE_RESOURCE_NAME' },
  // Fields that its schema lacks are an error without this word.
  headers: (secret) => ({ ...azureHeaders(secret), 'extra-parameters': 'pass-through' }),
  exchange: exchangeApplication,
  quirks: { cacheMarks: 'refused', rename: { max_completion_tokens: 'max_tokens' }, roles: { developer: 'system' } },
  stopsOnAbort: true,
  documentation: 'https://learn.microsoft.com/en-us/azure/ai-foundry/foundry-models/concepts/endpoints',
  headquarters: 'US',
  privacyPolicyUrl: 'https://www.microsoft.com/en-us/privacy/privacystatement',
  termsOfServiceUrl: 'https://www.microsoft.com/en-us/legal/terms-of-use',
  statusPageUrl: 'https://status.azure.com/',
} satisfies Provider;
