import { useId, useState } from 'react';
import type { ModelEndpoints } from '../../src/contract/model.ts';
import { useApi } from '../api/use-api.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import type { Column } from './room.ts';
import type { RoomStore } from './room-store.ts';
import { useRoom } from './use-room.ts';

interface NumberField {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly note: string;
}

/** Limits as the API has them. */
const NUMBERS: readonly NumberField[] = [
  { name: 'temperature', min: 0, max: 2, step: 0.05, note: '0 always takes the likeliest word' },
  { name: 'top_p', min: 0, max: 1, step: 0.01, note: 'of the likeliest words, this share' },
  { name: 'top_k', min: 0, max: 1_000, step: 1, note: 'of the likeliest words, so many' },
  { name: 'min_p', min: 0, max: 1, step: 0.01, note: 'words this likely against the likeliest' },
  { name: 'max_tokens', min: 1, max: 1_000_000, step: 1, note: 'the longest answer' },
  { name: 'frequency_penalty', min: -2, max: 2, step: 0.1, note: 'against repeating often' },
  { name: 'presence_penalty', min: -2, max: 2, step: 0.1, note: 'against repeating at all' },
  { name: 'repetition_penalty', min: 0, max: 2, step: 0.05, note: '1 is none' },
  { name: 'seed', min: 0, max: 2_147_483_647, step: 1, note: 'the same seed, the same chance' },
];
const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'];

/** How one column's model is asked. What its endpoints take is said beside each parameter. */
export default function ColumnSettings({
  store,
  column: id,
  close,
}: {
  readonly store: RoomStore;
  readonly column: string;
  readonly close: () => void;
}) {
  const column = useRoom(store).columns.find((one) => one.id === id);
  const slug = column?.model.replace(/:[\w-]+$/, '') ?? '';
  const query = useApi<{ readonly data: ModelEndpoints }>(`/api/v1/models/${slug}/endpoints`, {
    enabled: slug !== '' && !slug.includes('@preset/'),
  });
  if (!column) return null;
  const endpoints = query.data?.data.endpoints ?? [];
  const change = (next: Partial<Column>) =>
    store.change((room) => ({
      ...room,
      columns: room.columns.map((one) => (one.id === id ? { ...one, ...next } : one)),
    }));
  const pinned = endpoints.filter(({ tag }) => column.provider === undefined || tag === column.provider);
  const supporting = (name: string) => pinned.filter(({ supported_parameters: all }) => all.includes(name)).length;
  return (
    <Dialog title="How this model is asked" note={<bdi>{column.model}</bdi>} close={close} shape="sheet">
      <div className="flex flex-col gap-5">
        <Provider column={column} change={change} endpoints={endpoints} problem={query.error?.message} />
        <System column={column} change={change} />
        <fieldset>
          <legend className="mb-2 font-medium">Parameters</legend>
          <p className="mb-3 text-sm text-soft">An empty field leaves it to the provider.</p>
          <div className="grid gap-x-6 gap-y-3 sm:grid-cols-2">
            {NUMBERS.map((field) => (
              <Parameter
                key={field.name}
                field={field}
                column={column}
                change={change}
                support={query.data ? [supporting(field.name), pinned.length] : undefined}
              />
            ))}
            <Effort
              column={column}
              change={change}
              support={query.data ? [supporting('reasoning'), pinned.length] : undefined}
            />
          </div>
        </fieldset>
        <label className="flex items-center gap-2 text-sm">
          <input
            type="checkbox"
            className="size-4"
            checked={column.isTextOnly ?? false}
            onChange={(event) => change({ isTextOnly: event.target.checked })}
          />
          Leave pictures, files and sound out for this model
        </label>
        <Button className="self-start" onClick={close}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

interface PartProps {
  readonly column: Column;
  readonly change: (next: Partial<Column>) => void;
}

const FIELD = 'mt-1 block min-h-9 w-full rounded-md border border-line-strong bg-ground px-2 text-sm';

function Provider({
  column,
  change,
  endpoints,
  problem,
}: PartProps & { readonly endpoints: ModelEndpoints['endpoints']; readonly problem: string | undefined }) {
  return (
    <label className="block text-sm font-medium">
      Provider
      <select
        className={FIELD}
        value={column.provider ?? ''}
        onChange={(event) => {
          const { provider: _, ...rest } = column;
          change(
            event.target.value === '' ? { ...rest, provider: undefined as never } : { provider: event.target.value },
          );
        }}
      >
        <option value="">Let routing choose</option>
        {endpoints.map(({ tag, provider_name, quantization, status }) => (
          <option key={tag} value={tag}>
            Only {provider_name}
            {quantization === 'unknown' ? '' : ` · ${quantization}`}
            {status === -5 ? ' · not connected' : ''}
          </option>
        ))}
        {column.provider !== undefined && !endpoints.some(({ tag }) => tag === column.provider) && (
          <option value={column.provider}>Only {column.provider}</option>
        )}
      </select>
      {problem && <span className="text-sm font-normal text-warn">{problem}</span>}
    </label>
  );
}

function System({ column, change }: PartProps) {
  return (
    <label className="block text-sm font-medium">
      System prompt
      <textarea
        className={`${FIELD} min-h-28 py-1.5 font-normal`}
        dir="auto"
        value={column.system ?? ''}
        onChange={(event) => change({ system: event.target.value })}
      />
    </label>
  );
}

type Support = readonly [number, number] | undefined;

function Parameter({
  field,
  column,
  change,
  support,
}: PartProps & { readonly field: NumberField; readonly support: Support }) {
  const { name, min, max, step, note } = field;
  const id = useId();
  const [text, setText] = useState(String(column.parameters[name] ?? ''));
  const value = Number(text);
  const isWrong =
    text !== '' && !(Number.isFinite(value) && value >= min && value <= max && (step < 1 || Number.isInteger(value)));
  const write = (next: string) => {
    setText(next);
    const { [name]: _, ...others } = column.parameters;
    const number = Number(next);
    const isGood =
      next !== '' &&
      Number.isFinite(number) &&
      number >= min &&
      number <= max &&
      (step < 1 || Number.isInteger(number));
    change({ parameters: isGood ? { ...others, [name]: number } : others });
  };
  return (
    <div>
      <label className="text-sm" htmlFor={id}>
        <span className="font-mono">{name}</span> <Supported support={support} />
      </label>
      <input
        id={id}
        className={`${FIELD} figures`}
        inputMode="decimal"
        aria-invalid={isWrong}
        aria-describedby={`${id}-note`}
        value={text}
        onChange={(event) => write(event.target.value.trim())}
      />
      <p id={`${id}-note`} className={`text-xs ${isWrong ? 'text-bad' : 'text-soft'}`}>
        {isWrong ? `From ${min} to ${max}${step < 1 ? '' : ', whole'}` : note}
      </p>
    </div>
  );
}

function Effort({ column, change, support }: PartProps & { readonly support: Support }) {
  const write = (next: string) => {
    const { reasoning_effort: _, ...others } = column.parameters;
    change({ parameters: next === '' ? others : { ...others, reasoning_effort: next } });
  };
  return (
    <label className="text-sm">
      <span className="font-mono">reasoning_effort</span> <Supported support={support} />
      <select
        className={FIELD}
        value={column.parameters.reasoning_effort ?? ''}
        onChange={(event) => write(event.target.value)}
      >
        <option value="">As the provider likes</option>
        {EFFORTS.map((effort) => (
          <option key={effort}>{effort}</option>
        ))}
      </select>
    </label>
  );
}

function Supported({ support }: { readonly support: Support }) {
  if (!support) return null;
  const [some, all] = support;
  const text =
    all === 0
      ? 'no endpoint'
      : some === all
        ? 'supported'
        : some === 0
          ? 'not supported'
          : `${some} of ${all} endpoints`;
  return <span className={`text-xs ${some === 0 ? 'text-warn' : 'text-soft'}`}>{text}</span>;
}
