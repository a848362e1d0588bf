import type { Json } from '../base/json.ts';
import type { Extra, Part, RequestContent } from './request.ts';

/**
 * What a translation between wire formats did to something the caller sent or the model answered. `dropped`: it is gone;
 * `emulated`: asked for in another way; `renamed`: the same under another name; `approximated`: the nearest value there is.
 */
export interface Loss {
  /** Where it stood, in the caller's words: `top_a`, `messages.3.content.0.cache_control`, `choices.0.logprobs`. */
  readonly field: string;
  readonly outcome: 'dropped' | 'emulated' | 'renamed' | 'approximated';
  readonly reason: string;
}

/** A renamed field has lost nothing. */
export function isLossy(loss: Loss): boolean {
  return loss.outcome !== 'renamed';
}

/** A translation of a thousand messages may lose the same thing in each: so many are listed, the last says how many more. */
const LOSSES_MAX = 100;

/** Each field once, and no more than a page of them. */
export function foldLosses(losses: readonly Loss[]): readonly Loss[] {
  const seen = new Map<string, Loss>();
  for (const loss of losses) {
    const key = `${loss.field}\n${loss.outcome}`;
    if (!seen.has(key)) seen.set(key, loss);
  }
  const folded = [...seen.values()];
  if (folded.length <= LOSSES_MAX) return folded;
  const rest = folded.length - LOSSES_MAX;
  return [...folded.slice(0, LOSSES_MAX), { field: '…', outcome: 'dropped', reason: `and ${rest} more like these` }];
}

/** Of an answer, which may lose the same thing in each of its frames: it is told once. */
export function noteLoss(losses: Loss[], loss: Loss): void {
  if (!losses.some(({ field, outcome }) => field === loss.field && outcome === loss.outcome)) losses.push(loss);
}

/** A part of an answer that only `format` knows. `field` is where the caller's format would have it. */
export function lossOfNative(field: string, format: string, data: Json | undefined): Loss {
  return dropped(field, `${nameOf(data ?? null)} exists in ${format} only`);
}

/** Everything in a request that only another format than `format` has a word for. */
export function listForeignExtras(content: RequestContent, format: string): readonly Loss[] {
  const losses: Loss[] = [];
  addExtra(losses, content.extra, format, '');
  for (const [index, tool] of content.tools.entries()) addExtra(losses, tool.extra, format, `tools.${index}.`);
  for (const tool of content.nativeTools ?? []) {
    if (tool.format !== format)
      losses.push(dropped('tools', `the tool ${nameOf(tool.data)} exists in ${tool.format} only`));
  }
  for (const [index, message] of content.messages.entries()) {
    addExtra(losses, message.extra, format, `messages.${index}.`);
    for (const [place, part] of message.content.entries())
      addPart(losses, part, format, `messages.${index}.content.${place}`);
  }
  return losses;
}

/** Every mark for a cache, of which a format that has no word for them passes on none. */
export function listCacheMarks(content: RequestContent): readonly Loss[] {
  const losses: Loss[] = [];
  const add = (part: Part, path: string): void => {
    if (part.type === 'native') return;
    if (part.cache) losses.push(dropped(`${path}.cache_control`, 'the provider caches by itself'));
    if (part.type !== 'tool-result') return;
    for (const [place, inner] of part.content.entries()) add(inner, `${path}.content.${place}`);
  };
  for (const [index, tool] of content.tools.entries()) {
    if (tool.cache) losses.push(dropped(`tools.${index}.cache_control`, 'the provider caches by itself'));
  }
  for (const [index, message] of content.messages.entries()) {
    for (const [place, part] of message.content.entries()) add(part, `messages.${index}.content.${place}`);
  }
  return losses;
}

function addPart(losses: Loss[], part: Part, format: string, path: string): void {
  if (part.type === 'native') {
    if (part.format !== format) losses.push(dropped(path, `${nameOf(part.data)} exists in ${part.format} only`));
    return;
  }
  addExtra(losses, part.extra, format, `${path}.`);
  if (part.type !== 'tool-result') return;
  for (const [place, inner] of part.content.entries()) addPart(losses, inner, format, `${path}.content.${place}`);
}

function addExtra(losses: Loss[], extra: Extra | undefined, format: string, prefix: string): void {
  if (extra === undefined || extra.format === format) return;
  for (const name of Object.keys(extra.fields)) {
    losses.push(dropped(prefix + name, `${format} has no word for it`));
  }
}

function dropped(field: string, reason: string): Loss {
  return { field, outcome: 'dropped', reason };
}

function nameOf(data: Json): string {
  const type = typeof data === 'object' && data !== null && 'type' in data ? data.type : undefined;
  return typeof type === 'string' ? `"${type.slice(0, 60)}"` : 'this part';
}
