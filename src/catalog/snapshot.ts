import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import { type EndpointJson, endpointToJson, trustedEndpointFromJson } from './endpoint-json.ts';
import type { Model } from './model.ts';

/** The public catalogue as it was built: what a start reads, without any source package. */
export interface Snapshot {
  readonly version: string;
  /** ISO date of the newest source. */
  readonly builtAt: string;
  /** Of everything it was built from: another one means that it is out of date. */
  readonly inputs: string;
  readonly models: readonly Model[];
  readonly endpoints: readonly Endpoint[];
  /** Providers that pass requests on to others: offered only where they are connected. */
  readonly aggregators: readonly string[];
}

const FORMAT = 2;
const headSchema = z.object({ format: z.literal(FORMAT), checksum: z.string(), body: z.string() });

export function encodeSnapshot(snapshot: Snapshot): string {
  const body = JSON.stringify({ ...snapshot, endpoints: snapshot.endpoints.map(endpointToJson) });
  return JSON.stringify({ format: FORMAT, checksum: checksum(body), body });
}

/** Undefined when it is damaged, cut short or of another version of this program. */
export function decodeSnapshot(text: string): Snapshot | undefined {
  try {
    const { checksum: expected, body } = headSchema.parse(JSON.parse(text));
    if (checksum(body) !== expected) return undefined;
    const snapshot = JSON.parse(body) as Omit<Snapshot, 'endpoints'> & { readonly endpoints: readonly EndpointJson[] };
    return { ...snapshot, endpoints: snapshot.endpoints.map(trustedEndpointFromJson) };
  } catch {
    return undefined;
  }
}

function checksum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}
