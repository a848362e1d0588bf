import { providerSchema, readPreferenceLayer } from '../formats/openai-chat/request-fields.ts';
import { Failure } from '../generation/failure.ts';
import type { RoutingPreferences } from '../generation/preferences.ts';
import { checked } from './read-query.ts';

/** What a `provider` object says, read as in a request: the same schema, the same reader. Only what was given. */
export function readPreferences(provider: Readonly<Record<string, unknown>>): Partial<RoutingPreferences> {
  try {
    return readPreferenceLayer(checked(provider, providerSchema), undefined);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure('invalid-request', { message: error.message, metadata: { field: 'provider.max_price' } });
  }
}
