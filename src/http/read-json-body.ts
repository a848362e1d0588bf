import type { z } from 'zod';
import { parseUsd } from '../base/money.ts';
import { scanBody } from '../formats/openai-chat/decode-request.ts';
import { Failure } from '../generation/failure.ts';
import { checked } from './read-query.ts';
import { expectJson, readBody } from './request-body.ts';

/** Bodies of management calls are a few fields. */
const BODY_BYTES_MAX = 64 * 1024;
/** $9 million: what the database's 64-bit integers hold of picodollars, in round figures. */
const AMOUNT_PICO_MAX = 9_000_000n * 1_000_000_000_000n;

export interface JsonBody<T> {
  readonly fields: T;
  /** The exact digits of an amount in USD, which a float would lose. Undefined when it is absent or null. */
  amountPico(name: string): bigint | undefined;
}

/** Reads a small JSON object: strict syntax, no duplicate keys, only the fields of its schema. */
export async function readJsonBody<S extends z.ZodType>(
  request: Request,
  schema: S,
  bytesMax = BODY_BYTES_MAX,
): Promise<JsonBody<z.infer<S>>> {
  expectJson(request);
  const bytes = await readBody(request, bytesMax);
  const document = scanBody(bytes);
  const fields = checked(document.value(0), schema);
  return {
    fields,
    amountPico(name) {
      const node = document.member(0, name);
      if (node === undefined || document.kind(node) !== 'number') return undefined;
      const text = Buffer.from(bytes.subarray(document.start(node), document.end(node))).toString('latin1');
      const pico = parseUsd(text);
      if (pico === undefined || pico < 0n || pico > AMOUNT_PICO_MAX) {
        throw new Failure('invalid-request', {
          message: `${name}: must be an amount in USD of at most 9000000 with at most 12 decimals`,
          metadata: { field: name },
        });
      }
      return pico;
    },
  };
}
