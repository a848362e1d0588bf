import { createSign } from 'node:crypto';
import { z } from 'zod';
import type { Provider, TokenExchange } from './provider.ts';

const TOKEN_URL = 'https://oauth2.googleapis.com/token';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
/** The longest that Google lets an assertion live. */
const ASSERTION_SECONDS = 3_600;

const serviceAccountSchema = z.looseObject({
  type: z.literal('service_account'),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  private_key_id: z.string().optional(),
});
/** What `gcloud auth application-default login` leaves behind. */
const userSchema = z.looseObject({
  type: z.literal('authorized_user'),
  client_id: z.string().min(1),
  client_secret: z.string().min(1),
  refresh_token: z.string().min(1),
});

/**
 * A service account signs for itself, a user sends a refresh token; what is no JSON is an access token already. Throws for other
 * credentials, such as those of a workload elsewhere: they are not to be sent as a token.
 */
export function exchangeCredentials(secret: string, nowSeconds: number): TokenExchange | undefined {
  const credentials = jsonOf(secret);
  const account = serviceAccountSchema.safeParse(credentials).data;
  if (account) {
    const head = { alg: 'RS256', typ: 'JWT', ...(account.private_key_id && { kid: account.private_key_id }) };
    const claims = {
      iss: account.client_email,
      scope: SCOPE,
      aud: TOKEN_URL,
      iat: nowSeconds,
      exp: nowSeconds + ASSERTION_SECONDS,
    };
    const signed = `${base64url(head)}.${base64url(claims)}`;
    const signature = createSign('RSA-SHA256').update(signed).sign(account.private_key, 'base64url');
    const grant = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    return { url: TOKEN_URL, form: { grant_type: grant, assertion: `${signed}.${signature}` } };
  }
  const user = userSchema.safeParse(credentials).data;
  if (!user && secret.trimStart().startsWith('{')) throw new Error('credentials of an unknown type');
  if (!user) return undefined;
  const { client_id, client_secret, refresh_token } = user;
  return { url: TOKEN_URL, form: { grant_type: 'refresh_token', client_id, client_secret, refresh_token } };
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function jsonOf(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

const PLACE = 'https://{location}-aiplatform.googleapis.com/v1/projects/{project}/locations/{location}';

/** Gemini in Google's own format; Llama and others of the partners' models stand beside it and speak chat completions. */
export default {
  id: 'google-vertex',
  name: 'Google',
  baseUrl: `${PLACE}/publishers/google`,
  format: 'gemini',
  annexes: [
    {
      match: /^(?:meta\/)?llama-/,
      format: 'openai-chat',
      baseUrl: `${PLACE}/endpoints/openapi`,
      quirks: {
        // The catalogue has the bare name, and the address takes it with its publisher.
        amendBody: (body) => ({ ...body, model: `meta/${String(body.model).replace(/^meta\//, '')}` }),
      },
    },
  ],
  // Two kinds of place are reached by other hosts: the whole world, and a continent.
  amendBaseUrl: (baseUrl) =>
    baseUrl
      .replace('//global-aiplatform.', '//aiplatform.')
      .replace(/\/\/(us|eu)-aiplatform\.googleapis/, '//aiplatform.$1.rep.googleapis'),
  continues: 'instruct',
  environmentKeys: ['GOOGLE_VERTEX_CREDENTIALS', 'GOOGLE_APPLICATION_CREDENTIALS'],
  environmentFiles: ['GOOGLE_APPLICATION_CREDENTIALS'],
  settings: { project: 'GOOGLE_CLOUD_PROJECT', location: 'GOOGLE_CLOUD_LOCATION' },
  exchange: exchangeCredentials,
  stopsOnAbort: false,
  documentation: 'https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference',
  headquarters: 'US',
  privacyPolicyUrl: 'https://policies.google.com/privacy',
  termsOfServiceUrl: 'https://cloud.google.com/terms',
  statusPageUrl: 'https://status.cloud.google.com/',
} satisfies Provider;
