import type { Caller } from '../accounts/caller.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { FormatClient, PromptCount } from '../formats/format.ts';
import { Failure } from '../generation/failure.ts';
import type { GenerationRequest } from '../generation/request.ts';
import { addressOf, connectionOf, type ProviderConnection } from './connection.ts';
import type { GatewayParts } from './gateway-parts.ts';
import { quirksFor } from './quirks-for.ts';
import { readAll } from './read-all.ts';
import { requestHeaders } from './request-headers.ts';
import { SealedTenant, tenantOf } from './tenant.ts';

/** Whoever asks waits for nothing else: a provider that takes longer is not worth it. */
const COUNT_MS_MAX = 5_000;
const BYTES_MAX = 64 * 1024;

interface Counter {
  readonly endpoint: Endpoint;
  readonly connection: ProviderConnection;
  readonly format: FormatClient;
}

/**
 * How long a prompt is. The provider is asked where it is certain who would answer: one endpoint alone, in the caller's own
 * format. Everywhere else, and wherever it does not say, our own estimate stands, and is told to be one.
 */
export async function countPrompt(
  parts: GatewayParts,
  request: GenerationRequest,
  caller: Caller,
): Promise<PromptCount> {
  const estimate: PromptCount = { tokens: request.features.promptTokensEstimate, provenance: 'estimated' };
  const slug = request.features.models[0]!;
  const model = parts.catalog().find(slug)?.model;
  if (!model) throw new Failure('not-found', { message: `There is no model ${slug.slice(0, 256)}` });
  const counter = findCounter(parts, request, model.id);
  if (!counter) return estimate;
  const tokens = await ask(parts, request, counter, caller).catch(() => undefined);
  return tokens === undefined ? estimate : { tokens, provenance: 'reported' };
}

function findCounter(parts: GatewayParts, request: GenerationRequest, modelId: string): Counter | undefined {
  const connections = parts.connections();
  const able = parts
    .catalog()
    .endpoints(modelId)
    .filter(({ providerId, status }) => status === 'active' && connections.has(providerId));
  const [endpoint, ...others] = able;
  const provided = endpoint && connections.get(endpoint.providerId);
  const connection = provided && connectionOf(provided, endpoint.upstreamModel);
  if (!connection || others.length > 0 || connection.wake) return undefined;
  const { format } = connection.provider;
  const client = request.origin.format === format ? parts.formats.get(format)?.client : undefined;
  return client?.counting ? { endpoint, connection, format: client } : undefined;
}

async function ask(
  parts: GatewayParts,
  request: GenerationRequest,
  { endpoint, connection, format }: Counter,
  caller: Caller,
): Promise<number | undefined> {
  const { path, encodeCount, decodeCount } = format.counting!;
  const tenant = new SealedTenant(tenantOf(request, caller), (text) => parts.seal(text));
  const { upstreamModel, supportedParameters } = endpoint;
  const quirks = quirksFor(connection.provider.quirks, upstreamModel);
  const target = { upstreamModel, stream: false, quirks, supportedParameters };
  const url = addressOf(connection, path(target), upstreamModel);
  const controller = new AbortController();
  const alarm = parts.wheel.set(COUNT_MS_MAX, () => controller.abort());
  try {
    await parts.egress.check(url, connection.allowPrivateNetwork);
    const body = encodeCount(request, target) as Uint8Array<ArrayBuffer>;
    const unsigned = { method: 'POST', url, body };
    const call = { request, userAgent: parts.userAgent, tenant, unsigned, nowMs: parts.clock.nowMs() };
    const headers = await requestHeaders(connection, format, call);
    const response = await parts.fetch(url, {
      method: 'POST',
      headers: { ...headers, accept: 'application/json' },
      body,
      redirect: 'manual',
      signal: controller.signal,
    });
    const answer = await readAll(response, {
      bytesMax: BYTES_MAX,
      beyond: 'fail',
      onWait: () => {},
      onRead: () => {},
      onTooMuch: () => controller.abort(),
    });
    return response.status === 200 ? decodeCount(answer) : undefined;
  } finally {
    parts.wheel.clear(alarm);
  }
}
