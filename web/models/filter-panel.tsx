import { type ReactNode, useState } from 'react';
import { SelectField, TextField } from '../parts/field.tsx';
import { isolate } from '../text/clean-text.ts';
import { type FilterValues, PRECISIONS } from './filters.ts';
import type { ModelRow } from './rows.ts';

export interface FilterPanelProps {
  readonly rows: readonly ModelRow[];
  readonly values: FilterValues;
  readonly change: (values: FilterValues) => void;
}

const INPUTS = ['image', 'file', 'audio', 'video'];
const OUTPUTS = ['text', 'image', 'embeddings', 'audio', 'rerank', 'speech', 'transcription', 'video'];
const CONTEXTS = [8_000, 32_000, 128_000, 200_000, 1_000_000, 10_000_000];
/** Those that people choose a model by; the rest follows in a list of its own. */
const ABILITIES = [
  ['tools', 'Tools'],
  ['structured_outputs', 'Structured outputs'],
  ['response_format', 'JSON mode'],
  ['parallel_tool_calls', 'Parallel tool calls'],
  ['logprobs', 'Log probabilities'],
  ['seed', 'Seed'],
] as const;

/** Every filter that the address knows, but for the text. */
export function FilterPanel({ rows, values, change }: FilterPanelProps) {
  const list = (name: string) => values[name]?.split(',') ?? [];
  const toggle = (name: string, value: string, isOn: boolean) =>
    change({ [name]: [...list(name).filter((one) => one !== value), ...(isOn ? [value] : [])].join(',') });
  const flag = (name: string, label: string) => (
    <Tick label={label} isOn={values[name] !== undefined} set={(isOn) => change({ [name]: isOn ? '1' : '' })} />
  );
  const ticks = (name: string, options: readonly (readonly [string, string])[]) =>
    options.map(([value, label]) => (
      <Tick key={value} label={label} isOn={list(name).includes(value)} set={(isOn) => toggle(name, value, isOn)} />
    ));
  const same = (names: readonly string[]) => names.map((name) => [name, name] as const);
  return (
    <div className="space-y-5">
      <div>
        {flag('mine', 'Usable here now')}
        {flag('open', 'Open weights')}
        {flag('reasoning', 'Reasons')}
      </div>
      <Group name="Takes">{ticks('in', same(INPUTS))}</Group>
      <Group name="Gives">
        {ticks('out', same(OUTPUTS.filter((one) => rows.some(({ output }) => output.includes(one)))))}
      </Group>
      <ContextChoice value={values.context} change={change} />
      <Prices key={`${values.max_in} ${values.max_out}`} values={values} change={change} />
      <Group name="Abilities">
        {ticks('params', ABILITIES)}
        <OtherParameters list={list('params')} rows={rows} toggle={toggle} />
      </Group>
      <Names rows={rows} values={values} change={change} />
      <SelectField
        label="Precision at least"
        value={values.quant ?? ''}
        onChange={(event) => change({ quant: event.target.value })}
      >
        <option value="">any</option>
        {PRECISIONS.map(([first, second]) => (
          <option key={first} value={first}>
            {second === undefined ? first : `${first}, ${second}`}
          </option>
        ))}
      </SelectField>
      <Group name="Privacy">
        {flag('zdr', 'Zero data retention')}
        {flag('notrain', 'No training on prompts')}
      </Group>
      <TextField
        label="Released from"
        type="date"
        value={values.since ?? ''}
        onChange={(event) => change({ since: event.target.value })}
      />
      <SelectField
        label="Status"
        value={values.status ?? ''}
        onChange={(event) => change({ status: event.target.value })}
      >
        <option value="">any</option>
        <option value="staying">no announced end</option>
        <option value="ending">announced end</option>
      </SelectField>
    </div>
  );
}

function Group({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <fieldset className="min-w-0">
      <legend className="mb-0.5 text-sm font-medium">{name}</legend>
      {children}
    </fieldset>
  );
}

function Tick(props: { readonly label: string; readonly isOn: boolean; readonly set: (isOn: boolean) => void }) {
  const { label, isOn, set } = props;
  return (
    <label className="flex min-h-7 items-center gap-2 text-sm pointer-coarse:min-h-11">
      <input type="checkbox" className="size-4 shrink-0 accent-current" checked={isOn} onChange={() => set(!isOn)} />
      {label}
    </label>
  );
}

function ContextChoice({ value, change }: { readonly value: string | undefined } & Pick<FilterPanelProps, 'change'>) {
  const known = value === undefined || CONTEXTS.includes(Number(value)) ? CONTEXTS : [...CONTEXTS, Number(value)];
  return (
    <SelectField
      label="Context at least"
      value={value ?? ''}
      onChange={(event) => change({ context: event.target.value })}
    >
      <option value="">any</option>
      {[...known]
        .sort((a, b) => a - b)
        .map((count) => (
          <option key={count} value={count}>
            {count.toLocaleString('en')}
          </option>
        ))}
    </SelectField>
  );
}

const PRICE = /^\d{1,9}(?:\.\d{1,12})?$/;

/** A half-typed price filters nothing, so it stays in the field until it is one. */
function Prices({ values, change }: Pick<FilterPanelProps, 'values' | 'change'>) {
  const [texts, setTexts] = useState<FilterValues>({ max_in: values.max_in, max_out: values.max_out });
  const field = (name: 'max_in' | 'max_out', label: string) => {
    const text = texts[name] ?? '';
    const isWrong = text !== '' && !PRICE.test(text);
    const commit = () => !isWrong && text !== (values[name] ?? '') && change({ [name]: text });
    return (
      <TextField
        label={label}
        inputMode="decimal"
        placeholder="any"
        value={text}
        problem={isWrong ? 'a number of dollars' : undefined}
        onChange={(event) => setTexts({ ...texts, [name]: event.target.value.trim() })}
        onBlur={commit}
        onKeyDown={(event) => event.key === 'Enter' && commit()}
      />
    );
  };
  return (
    <div className="grid grid-cols-2 gap-2">
      {field('max_in', 'Max in $/M')}
      {field('max_out', 'Max out $/M')}
    </div>
  );
}

function OtherParameters(props: {
  readonly list: readonly string[];
  readonly rows: readonly ModelRow[];
  readonly toggle: (name: string, value: string, isOn: boolean) => void;
}) {
  const { list, rows, toggle } = props;
  const shown = new Set<string>(ABILITIES.map(([name]) => name));
  const others = [...new Set(rows.flatMap(({ parameterNames }) => [...parameterNames]))]
    .filter((name) => !shown.has(name))
    .sort();
  return (
    <>
      {list
        .filter((name) => !shown.has(name))
        .map((name) => (
          <Tick key={name} label={name} isOn set={() => toggle('params', name, false)} />
        ))}
      <SelectField
        label="Another parameter"
        className="mt-2"
        value=""
        onChange={(event) => event.target.value !== '' && toggle('params', event.target.value, true)}
      >
        <option value="">choose…</option>
        {others
          .filter((name) => !list.includes(name))
          .map((name) => (
            <option key={name}>{name}</option>
          ))}
      </SelectField>
    </>
  );
}

function Names({ rows, values, change }: FilterPanelProps) {
  const authors = count(rows.map(({ author }) => [author, author]));
  const providers = count(rows.flatMap((row) => row.providerIds.map((id, at) => [id, row.providerNames[at] ?? id])));
  const choice = (name: 'author' | 'provider', label: string, options: ReturnType<typeof count>) => (
    <SelectField label={label} value={values[name] ?? ''} onChange={(event) => change({ [name]: event.target.value })}>
      <option value="">any</option>
      {values[name]?.includes(',') && <option value={values[name]}>{values[name]}</option>}
      {options.map(({ id, text, n }) => (
        <option key={id} value={id}>
          {isolate(text)} ({n})
        </option>
      ))}
    </SelectField>
  );
  return (
    <>
      {choice('author', 'Author', authors)}
      {choice('provider', 'Provider', providers)}
    </>
  );
}

function count(names: readonly (readonly [string, string])[]) {
  const counts = new Map<string, { id: string; text: string; n: number }>();
  for (const [id, text] of names) counts.set(id, { id, text, n: (counts.get(id)?.n ?? 0) + 1 });
  return [...counts.values()].sort((a, b) => a.text.localeCompare(b.text, 'en'));
}
