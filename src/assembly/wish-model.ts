/** Asks the running gateway to load one of the operator's own models or to let it sleep, and tells what becomes of it. */
import { sleep, systemClock } from '../base/clock.ts';
import type { ModelView } from '../cli/model-order.ts';
import { changeLocalModels, type LocalModelEntry, readLocalModels } from '../engines/local-model.ts';
import { type LocalModelState, readLocalState } from '../engines/local-state.ts';

type Wish = NonNullable<LocalModelEntry['wish']>;

const LOOK_MS = 200;
/** A gateway that heard nothing by then does not watch this file. */
const HEAR_MAX_MS = 15_000;

/** Where the gateway with this data folder listens; undefined where none runs. */
export function askGateway(home: string): string | undefined {
  return readLocalState(home)?.address;
}

/** Throws an `Error` for the person at the terminal when it comes to nothing. */
export async function wishModel(home: string, id: string, to: Wish['to'], view: ModelView): Promise<void> {
  if (!readLocalModels(home).some((model) => model.id === id))
    throw new Error(`there is no model of your own called '${id}': trunkline models local`);
  if (askGateway(home) === undefined) throw new Error('no gateway with this data folder runs: trunkline serve');
  const wish: Wish = { to, atMs: systemClock.nowMs() };
  changeLocalModels(home, (models) => models.map((model) => (model.id === id ? { ...model, wish } : model)));
  await followWish(home, id, wish, view);
}

export async function followWish(home: string, id: string, wish: Wish, view: ModelView): Promise<void> {
  const sinceMs = systemClock.monotonicMs();
  let told = '';
  const tellOnce = (title: string, text: string) => {
    if (text !== told) view.tell(title, text);
    told = text;
  };
  for (;;) {
    const state = readLocalState(home);
    if (!state)
      throw new Error('the gateway ended meanwhile; the model stays, and is loaded by a request when it runs again.');
    const model = state.models.find((candidate) => candidate.id === id);
    const isHeard = model !== undefined && (model.wishMs ?? 0) >= wish.atMs;
    if (isHeard && isDone(model, wish, tellOnce, view)) return;
    if (!isHeard && systemClock.monotonicMs() - sinceMs > HEAR_MAX_MS)
      throw new Error(`the gateway at ${state.address} did not hear of it; its log says why.`);
    await sleep(systemClock, LOOK_MS);
  }
}

function isDone(model: LocalModelState, { to }: Wish, tellOnce: ModelView['tell'], view: ModelView): boolean {
  if (model.state === 'failed' && to === 'load')
    throw new Error(`${model.id} cannot be loaded: ${model.reason ?? 'the log says why'}`);
  if (to === 'unload') {
    if (model.state !== 'ready') {
      view.tell('Unloaded', model.id);
      return true;
    }
    tellOnce('Waiting', `for ${model.users === 1 ? 'one answer' : `${model.users} answers`} to end`);
    return false;
  }
  if (model.state === 'ready') {
    view.progress({ what: 'Loading', done: 1, total: 1, unit: 'share' });
    view.tell('Loaded', `${model.id}, ${model.slots} x ${model.contextTokens?.toLocaleString('en-US')} tokens`);
    return true;
  }
  if (model.state === 'queued' && model.reason !== undefined) tellOnce('Waiting', model.reason);
  if (model.state === 'loading') view.progress({ what: 'Loading', done: model.share ?? 0, total: 1, unit: 'share' });
  return false;
}
