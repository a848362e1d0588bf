import { AwsV4Signer } from 'aws4fetch';
import { z } from 'zod';
import { Failure } from '../generation/failure.ts';
import type { Provider, RequestSigner } from './provider.ts';

/** The name by which signatures know the service, whatever its host is called. */
const SERVICE = 'bedrock';
/** The region in a host of Bedrock: public, FIPS, dual-stack, or a private endpoint in a VPC. */
const HOST = /(?:^|\.)bedrock-runtime(?:-fips)?\.([a-z]{2,}(?:-[a-z]+)+-\d+)\./;

/** Models of Anthropic know marks for the cache, and have their own word for reasoning. */
const CLAUDE = { cacheMarks: 'taken', reasoning: 'thinking' } as const;
/** From here on they refuse to be told how to choose tokens, as at Anthropic itself. */
const WITHOUT_SAMPLING =
  /(?:^|\.)anthropic\.claude-(?:opus-4-[7-9]|(?:opus|sonnet|haiku|fable|mythos)-(?:[5-9]|\d{2})(?:-|$))/;

const credentialsSchema = z.object({
  access_key_id: z.string().min(1),
  secret_access_key: z.string().min(1),
  /** Of credentials that AWS gave for a while. */
  session_token: z.string().min(1).optional(),
  /** Where the address does not say it, such as behind a proxy. */
  region: z.string().min(1).optional(),
});

/** An access key signs each request (Signature Version 4) and never leaves; a key of Bedrock's own travels as a bearer's. */
export function signerOf(secret: string, service = SERVICE): RequestSigner | undefined {
  if (!secret.startsWith('{')) return undefined;
  const credentials = readCredentials(secret);
  return async ({ method, url, body }, nowMs) => {
    const region = credentials?.region ?? HOST.exec(url.hostname)?.[1];
    if (!credentials) throw unusable('they hold no access_key_id and secret_access_key');
    if (region === undefined) throw unusable(`no region is known for ${url.hostname}`);
    const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, session_token: sessionToken } = credentials;
    const signed = await new AwsV4Signer({
      ...{ method, url: url.href, body, service, region, accessKeyId, secretAccessKey },
      ...(sessionToken !== undefined && { sessionToken }),
      datetime: new Date(nowMs).toISOString().replace(/[:-]|\.\d{3}/g, ''),
    }).sign();
    return Object.fromEntries(signed.headers);
  };
}

function readCredentials(secret: string): z.infer<typeof credentialsSchema> | undefined {
  try {
    return credentialsSchema.safeParse(JSON.parse(secret)).data;
  } catch {
    return undefined;
  }
}

function unusable(reason: string): Failure {
  return new Failure('provider-unauthorised', {
    message: `The credentials for Amazon Bedrock can’t be used: ${reason}`,
  });
}

/** A key of Bedrock's own comes first, as in AWS's own SDKs; then an access key. */
export default {
  id: 'amazon-bedrock',
  name: 'Amazon Bedrock',
  baseUrl: 'https://bedrock-runtime.{region}.amazonaws.com',
  format: 'bedrock-converse',
  continues: 'instruct',
  environmentKeys: ['AWS_BEARER_TOKEN_BEDROCK'],
  environmentParts: {
    access_key_id: 'AWS_ACCESS_KEY_ID',
    secret_access_key: 'AWS_SECRET_ACCESS_KEY',
    'session_token?': 'AWS_SESSION_TOKEN',
  },
  settings: { region: ['AWS_REGION', 'AWS_DEFAULT_REGION'] },
  signer: (secret) => signerOf(secret),
  quirks: {
    cacheMarks: 'refused',
    models: [
      { match: WITHOUT_SAMPLING, quirks: { ...CLAUDE, drop: ['temperature', 'top_p'] } },
      { match: /(?:^|\.)anthropic\.claude-/, quirks: CLAUDE },
      { match: /(?:^|\.)amazon\.nova-/, quirks: { cacheMarks: 'taken' } },
      { match: /(?:^|\.)openai\.gpt-oss-|(?:^|\.)moonshot(?:ai)?\.kimi-k2/, quirks: { reasoning: 'effort' } },
      { match: /(?:^|\.)openai\./, quirks: { reasoning: 'object' } },
    ],
  },
  stopsOnAbort: false,
  documentation: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html',
  headquarters: 'US',
  privacyPolicyUrl: 'https://aws.amazon.com/privacy/',
  termsOfServiceUrl: 'https://aws.amazon.com/service-terms/',
  statusPageUrl: 'https://health.aws.amazon.com/health/status',
} satisfies Provider;
