import { z } from 'zod';
import type { Provider, TokenExchange } from './provider.ts';

const SCOPE = 'https://cognitiveservices.azure.com/.default';
/** Names of the route without dated versions. */
const UNDATED: ReadonlySet<string> = new Set(['v1', 'preview', 'latest']);

const name = z.string().regex(/^[\w.-]{1,128}$/);
const applicationSchema = z.object({ tenant_id: name, client_id: name, client_secret: z.string().min(1) });

/** An application of Entra ID gets a token by its secret; anything else is a key, or a token already. Throws for other JSON. */
export function exchangeApplication(secret: string): TokenExchange | undefined {
  if (!secret.startsWith('{')) return undefined;
  const { tenant_id, client_id, client_secret } = applicationSchema.parse(JSON.parse(secret));
  return {
    url: `https://login.microsoftonline.com/${tenant_id}/oauth2/v2.0/token`,
    form: { grant_type: 'client_credentials', client_id, client_secret, scope: SCOPE },
  };
}

/** A token of Entra ID is a JWT and travels as a bearer's; a key has a header of its own. */
export function azureHeaders(secret: string): Readonly<Record<string, string>> {
  return /^eyJ[\w-]+\.[\w-]+\./.test(secret) ? { authorization: `Bearer ${secret}` } : { 'api-key': secret };
}

/**
 * The model's name is the name the operator gave the deployment; by default Foundry names it like the model. A dated version,
 * as Azure's own clients read it from the environment, leads to the older routes, one for each deployment.
 */
export default {
  id: 'azure',
  name: 'Azure',
  baseUrl: 'https://{resource}.openai.azure.com/openai/v1',
  format: 'openai-chat',
  continues: 'instruct',
  environmentKeys: ['AZURE_OPENAI_API_KEY', 'AZURE_API_KEY', 'AZURE_OPENAI_AD_TOKEN'],
  environmentParts: {
    tenant_id: 'AZURE_TENANT_ID',
    client_id: 'AZURE_CLIENT_ID',
    client_secret: 'AZURE_CLIENT_SECRET',
  },
  settings: { resource: 'AZURE_RESOURCE_NAME', 'version?': 'OPENAI_API_VERSION' },
  amendBaseUrl: (baseUrl, { version }) =>
    version === undefined || UNDATED.has(version)
      ? baseUrl
      : baseUrl.replace('/openai/v1', `/openai/deployments/{model}?api-version=${version}`),
  headers: azureHeaders,
  exchange: exchangeApplication,
  quirks: { cacheMarks: 'refused' },
  stopsOnAbort: true,
  documentation: 'https://learn.microsoft.com/en-us/azure/ai-foundry/openai/api-version-lifecycle',
  headquarters: 'US',
  privacyPolicyUrl: 'https://www.microsoft.com/en-us/privacy/privacystatement',
  termsOfServiceUrl: 'https://www.microsoft.com/en-us/legal/terms-of-use',
  statusPageUrl: 'https://status.azure.com/',
} satisfies Provider;
