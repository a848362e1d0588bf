import { expect, test } from 'bun:test';
import azure, { azureHeaders, exchangeApplication } from './azure.ts';
import foundry from './azure-foundry.ts';
import { findBaseUrl, findEnvironmentKey } from './provider.ts';

const RESOURCE = { AZURE_RESOURCE_NAME: 'acme' };

test('a dated version leads to the route of each deployment, anything else to the route without versions', () => {
  const at = (version?: string) => findBaseUrl(azure, { ...RESOURCE, ...(version && { OPENAI_API_VERSION: version }) });
  const undated = 'https://acme.openai.azure.com/openai/v1';
  expect([at(), at('v1'), at('preview')]).toEqual([undated, undated, undated]);
  expect(at('2024-10-21')).toBe('https://acme.openai.azure.com/openai/deployments/{model}?api-version=2024-10-21');
  expect(at('2024&key=1')).toBeUndefined();
  expect(findBaseUrl(azure, {})).toBeUndefined();
  expect(findBaseUrl(foundry, RESOURCE)).toBe(
    'https://acme.services.ai.azure.com/models?api-version=2024-05-01-preview',
  );
});

test('a key goes into its own header, a token of Entra ID travels as a bearer’s', () => {
  expect(azureHeaders('0123456789abcdef0123456789abcdef')).toEqual({ 'api-key': '0123456789abcdef0123456789abcdef' });
  expect(azureHeaders('eyJ0eXAi.eyJhdWQi.c2ln')).toEqual({ authorization: 'Bearer eyJ0eXAi.eyJhdWQi.c2ln' });
});

test('an application of Entra ID gets its token by its secret', () => {
  const application = { AZURE_TENANT_ID: 't-1', AZURE_CLIENT_ID: 'c-1', AZURE_CLIENT_SECRET: 's~1' };
  const key = findEnvironmentKey(azure, application)!;
  expect(key.variable).toBe('AZURE_TENANT_ID');
  expect(exchangeApplication(key.value)).toEqual({
    url: 'https://login.microsoftonline.com/t-1/oauth2/v2.0/token',
    form: {
      ...{ grant_type: 'client_credentials', client_id: 'c-1', client_secret: 's~1' },
      scope: 'https://cognitiveservices.azure.com/.default',
    },
  });
  expect(exchangeApplication('0123456789abcdef')).toBeUndefined();
  for (const wrong of ['{', '{"tenant_id":"../evil","client_id":"c","client_secret":"s"}', '{"client_id":"c"}']) {
    expect(() => exchangeApplication(wrong)).toThrow();
  }
});
