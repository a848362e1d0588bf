import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';

/** Where the operator's weights come from. */
export type ModelSource =
  | { readonly type: 'file'; readonly path: string }
  | { readonly type: 'address'; readonly url: string }
  /** A repository of the model hub, and which of its formats; undefined is for us to choose. */
  | { readonly type: 'hub'; readonly repository: string; readonly format?: string };

const REPOSITORY = /^(?:hf:|(?:https:\/\/)?(?:hf\.co|huggingface\.co)\/)?([\w.-]+\/[\w.-]+?)(?::([\w.-]+))?$/;

/** What somebody typed. A file that is there is meant before anything else. */
export function readModelSource(text: string, isThere: (path: string) => boolean = existsSync): ModelSource {
  if (isThere(text)) return { type: 'file', path: resolve(text) };
  const hub = REPOSITORY.exec(text);
  const isPath =
    isAbsolute(text) || /^\.{1,2}[\\/]/.test(text) || (/\.gguf$/i.test(text) && !/^[a-z]+:\/\//i.test(text));
  if (hub && !isPath) return { type: 'hub', repository: hub[1]!, ...(hub[2] !== undefined && { format: hub[2] }) };
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) return { type: 'address', url: text };
  return { type: 'file', path: resolve(text) };
}
