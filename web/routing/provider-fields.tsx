import type { ProviderList } from '../../src/contract/model-list.ts';
import { useApi } from '../api/use-api.ts';
import { SelectField } from '../parts/field.tsx';
import { fieldText, listOf, numberOf, type Provider, withField } from './provider-draft.ts';
import { BY_JSON, SaidField } from './said-field.tsx';

export interface ProviderFieldsProps {
  readonly provider: Provider;
  readonly isReadOnly: boolean;
  change(provider: Provider): void;
}

type FieldProps = ProviderFieldsProps & { readonly name: string; readonly label: string; readonly hint: string };

/** A request's `provider` object as a form. An empty field says nothing. */
export function ProviderFields(props: ProviderFieldsProps) {
  const known = useApi<ProviderList>('/api/x/providers');
  return (
    <div className="grid gap-x-6 gap-y-4 sm:grid-cols-2">
      <Choice {...props} name="sort" label="Sort" hint="Strict: no drawing by price." options={SORTS} />
      <List {...props} name="order" label="First these providers" hint="In this order. Others follow as sorted." />
      <List {...props} name="only" label="Only these providers" hint="Requests can narrow it, never widen it." />
      <List {...props} name="ignore" label="Never these providers" hint="Added to what requests ignore." />
      <Amount {...props} name="max_price.prompt" label="Input price, at most" hint="US dollars per million tokens." />
      <Amount
        {...props}
        name="max_price.completion"
        label="Output price, at most"
        hint="US dollars per million tokens."
      />
      <Choice {...props} name="data_collection" label="Providers that keep prompts" hint="" options={DATA} />
      <Choice
        {...props}
        name="zdr"
        label="Zero data retention"
        hint="Holds as soon as anybody says so."
        options={ONLY_ZDR}
      />
      <List {...props} name="quantizations" label="Quantizations" hint="Such as bf16, fp8. Empty: any." />
      <Choice {...props} name="allow_fallbacks" label="Fallbacks" hint="To other providers." options={FALLBACKS} />
      <Amount
        {...props}
        name="preferred_min_throughput"
        label="Tokens per second, at least"
        hint="Slower ones come last."
      />
      <Amount
        {...props}
        name="preferred_max_latency"
        label="First content, at most"
        hint="Seconds. Slower ones come last."
      />
      {known.data && (
        <datalist id={PROVIDERS}>
          {known.data.data.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </datalist>
      )}
    </div>
  );
}

const PROVIDERS = 'known-providers';
type Options = readonly (readonly [value: string, words: string])[];
const SORTS: Options = [
  ['price', 'by price'],
  ['throughput', 'by tokens per second'],
  ['latency', 'by time to the first content'],
  ['exacto', 'by how well tools are called'],
];
const DATA: Options = [
  ['allow', 'allowed'],
  ['deny', 'never'],
];
const ONLY_ZDR: Options = [
  ['true', 'only endpoints without retention'],
  ['false', 'not asked for'],
];
const FALLBACKS: Options = [
  ['true', 'allowed'],
  ['false', 'none'],
];

function Choice({
  provider,
  change,
  isReadOnly,
  name,
  label,
  hint,
  options,
}: FieldProps & { readonly options: Options }) {
  const text = fieldText(provider, name);
  const take = (value: string) =>
    change(withField(provider, name, value === '' ? undefined : READ.has(value) ? value === 'true' : value));
  return (
    <SelectField
      label={label}
      hint={text === undefined ? BY_JSON : hint}
      value={text ?? ''}
      disabled={isReadOnly || text === undefined}
      onChange={({ target }) => take(target.value)}
    >
      <option value="">says nothing</option>
      {options.map(([value, words]) => (
        <option key={value} value={value}>
          {words}
        </option>
      ))}
    </SelectField>
  );
}

const READ: ReadonlySet<string> = new Set(['true', 'false']);

function List({ provider, change, isReadOnly, name, label, hint }: FieldProps) {
  const list = name === 'quantizations' ? undefined : PROVIDERS;
  return <SaidField of={provider} {...{ name, label, hint, isReadOnly, list, change }} read={listOf} />;
}

function Amount({ provider, change, isReadOnly, name, label, hint }: FieldProps) {
  return <SaidField of={provider} {...{ name, label, hint, isReadOnly, change }} isNumber read={numberOf} />;
}
