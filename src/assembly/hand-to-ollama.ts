/** Where there is no llama-server, an Ollama of this machine takes the weights over and runs them in its own way. */

import { loadCatalog } from '../catalog/load-catalog.ts';
import { matchNativeId } from '../catalog/match-native-id.ts';
import type { ModelView } from '../cli/model-order.ts';
import type { Engine } from '../engines/engine.ts';
import { importToOllama } from '../engines/import-to-ollama.ts';
import type { Weights } from '../engines/inspect-weights.ts';
import { matchModel, ownId } from '../engines/offer-engines.ts';

/** Weights are handed over to this very machine only. */
export function isOllamaHere({ kind, baseUrl }: Engine): boolean {
  return kind === 'ollama' && /^https?:\/\/(?:127(?:\.\d+){3}|localhost|\[::1\])(?::|$)/.test(baseUrl);
}

export function tellOllama({ version, baseUrl }: Engine, { parts }: Weights, view: ModelView): void {
  view.tell('Engine', `Ollama ${version ?? 'of unknown version'} at ${baseUrl}, as no llama-server is used`);
  view.tell(
    '',
    `it keeps a copy of ${parts.length === 1 ? 'the file' : 'all parts'}, and loads and unloads it as it sees fit`,
  );
}

export async function handToOllama(
  files: { readonly id: string; readonly parts: readonly string[]; readonly projector: string | undefined },
  handing: { readonly ollama: Engine; readonly signal: AbortSignal; readonly contextTokens: number },
  view: ModelView,
): Promise<void> {
  const { id, parts, projector } = files;
  const { ollama, signal, contextTokens } = handing;
  await importToOllama(
    {
      ...{ baseUrl: ollama.baseUrl, name: id, parts, contextTokens },
      ...(ollama.version !== undefined && { version: ollama.version }),
      ...(projector !== undefined && { projector }),
    },
    {
      fetch: (url, init) => fetch(url, init),
      signal,
      onProgress: (what, done, total) => view.progress({ what, done, total, unit: 'bytes' }),
    },
  );
  view.tell(
    'Added',
    `${id} to Ollama, ${contextTokens.toLocaleString('en-US')} tokens; \`ollama rm ${id}\` takes it away`,
  );
  view.tell('Called', `${await slugOf(ollama, id)}, as soon as the gateway finds it there: seconds`);
}

/** Under which name the gateway will offer it. */
async function slugOf({ kind }: Engine, id: string): Promise<string> {
  const catalog = await loadCatalog();
  const nativeId = `${id}:latest`;
  return matchModel({ nativeId }, { matchNativeId: (name) => matchNativeId(catalog, name) }) ?? ownId(kind, nativeId);
}
