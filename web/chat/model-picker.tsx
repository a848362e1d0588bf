import { useRef, useState } from 'react';
import type { ModelListing } from '../../src/contract/model.ts';
import { useApi } from '../api/use-api.ts';
import { useRole } from '../boot-context.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Loading } from '../parts/states.tsx';
import { compact, pricePerMillion } from '../text/numbers.ts';
import { useModels } from './use-room.ts';

const SHOWN_MAX = 60;

/** Finds a model by words of its name or slug. Those that can be called now come first. */
export default function ModelPicker({
  choose,
  close,
}: {
  readonly choose: (slug: string) => void;
  readonly close: () => void;
}) {
  const models = useModels();
  const callable = useApi<{ readonly data: readonly { readonly id: string }[] }>('/api/v1/models/user', {
    enabled: useRole('viewer'),
  });
  const [wanted, setWanted] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const usable = callable.data ? new Set(callable.data.data.map(({ id }) => id)) : undefined;
  const found = models ? findModels(models, wanted, usable) : [];
  const exactly = wanted.trim().toLowerCase();
  const isOwn = /^[a-z0-9~][\w.-]*\/[\w.:-]+$/.test(exactly) && !found.some(({ id }) => id === exactly);
  return (
    <Dialog title="Choose a model" close={close} firstFocus={field}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const first = isOwn ? exactly : found[0]?.id;
          if (first !== undefined) choose(first);
        }}
      >
        <input
          ref={field}
          className="min-h-10 w-full rounded-md border border-line-strong bg-ground px-3"
          type="search"
          aria-label="Model"
          placeholder="Name or slug"
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
      </form>
      {!models && <Loading what="models" />}
      <ul className="mt-3">
        {isOwn && (
          <li>
            <button
              type="button"
              className="w-full rounded-md px-2 py-1.5 text-start hover:bg-raised"
              onClick={() => choose(exactly)}
            >
              Use <span className="font-mono text-sm">{exactly}</span>
            </button>
          </li>
        )}
        {found.slice(0, SHOWN_MAX).map((model) => (
          <ModelLine
            key={model.id}
            model={model}
            isUsable={usable === undefined || usable.has(model.id)}
            choose={choose}
          />
        ))}
      </ul>
      {models && found.length === 0 && !isOwn && <p className="mt-3 text-sm text-soft">No model has these words.</p>}
      {found.length > SHOWN_MAX && (
        <p className="mt-2 text-sm text-soft">And {found.length - SHOWN_MAX} more: write on.</p>
      )}
    </Dialog>
  );
}

function ModelLine({
  model,
  isUsable,
  choose,
}: {
  readonly model: ModelListing;
  readonly isUsable: boolean;
  readonly choose: (slug: string) => void;
}) {
  const { prompt, completion } = model.pricing as { readonly prompt?: string; readonly completion?: string };
  const media = model.architecture.input_modalities.filter((kind) => kind !== 'text').join(', ');
  return (
    <li>
      <button
        type="button"
        className="flex w-full items-baseline gap-3 rounded-md px-2 py-1.5 text-start hover:bg-raised"
        onClick={() => choose(model.id)}
      >
        <span className="min-w-0 flex-1">
          <bdi className="block truncate">{model.name}</bdi>
          <bdi className="block truncate text-xs text-soft">
            {model.id}
            {media && ` · ${media}`}
            {!isUsable && ' · no provider of it is connected'}
          </bdi>
        </span>
        <span className="figures shrink-0 text-end text-xs text-soft">
          {pricePerMillion(prompt)} / {pricePerMillion(completion)}
          <span className="block">{compact(model.context_length)} context</span>
        </span>
      </button>
    </li>
  );
}

function findModels(
  models: readonly ModelListing[],
  wanted: string,
  usable: ReadonlySet<string> | undefined,
): readonly ModelListing[] {
  const words = wanted.trim().toLowerCase().split(/\s+/);
  const found = models.filter(
    ({ id, name, architecture }) =>
      architecture.output_modalities.includes('text') &&
      words.every((word) => `${id} ${name}`.toLowerCase().includes(word)),
  );
  return [...found].sort((a, b) => Number(usable?.has(b.id) ?? 0) - Number(usable?.has(a.id) ?? 0));
}
