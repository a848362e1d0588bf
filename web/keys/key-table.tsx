import type { KeyListing } from '../../src/contract/api-key.ts';
import { CELL, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { Button } from '../parts/button.tsx';
import { Link } from '../parts/link.tsx';
import { isolate } from '../text/clean-text.ts';
import { day, exactTime } from '../text/dates.ts';
import { dollars, exactDollars } from '../text/numbers.ts';
import { amountOf, type KeyState, limitFacts, stateOf } from './key-facts.ts';

export interface KeyActions {
  change(key: KeyListing): void;
  turn(key: KeyListing): void;
  remove(key: KeyListing): void;
}

const STATES: Readonly<Record<KeyState, readonly [string, string]>> = {
  active: ['●', 'text-good'],
  disabled: ['○', 'text-soft'],
  expired: ['✕', 'text-bad'],
  'used up': ['◐', 'text-warn'],
};

/** `actions` only for those who may act: others see names and prefixes. */
export function KeyTable(props: {
  readonly keys: readonly KeyListing[];
  readonly ownHash: string | null;
  readonly actions: KeyActions | undefined;
}) {
  const { keys, ownHash, actions } = props;
  return (
    <TableFrame label="API keys">
      <table className="stacks w-full text-sm">
        <caption className="sr-only">API keys, newest first, with what each spent and may spend</caption>
        <thead>
          <tr className="border-b border-line">
            {['Key', 'Status'].map((name) => (
              <th key={name} scope="col" className={HEAD_CELL}>
                {name}
              </th>
            ))}
            {['Today', 'Month', 'Ever'].map((name) => (
              <th key={name} scope="col" className={HEAD_NUMBER}>
                {name}
              </th>
            ))}
            {['Limit', 'Created'].map((name) => (
              <th key={name} scope="col" className={HEAD_CELL}>
                {name}
              </th>
            ))}
            {actions && (
              <th scope="col" className={HEAD_CELL}>
                <span className="sr-only">Do</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {keys.map((key) => (
            <tr key={key.hash} className="border-line not-last:border-b">
              <th scope="row" className={ROW_NAME}>
                <Link
                  className="block truncate font-medium no-underline hover:underline"
                  to={`/generations?q=key:${key.hash}`}
                >
                  <bdi>{key.name}</bdi>
                </Link>
                <bdi className="font-mono text-xs whitespace-nowrap text-soft">{key.label}</bdi>
                {key.hash === ownHash && <span className="ml-2 text-xs text-soft">of your sessions</span>}
              </th>
              <td data-name="Status" className={`${CELL} whitespace-nowrap`}>
                <State state={stateOf(key, Date.now())} />
              </td>
              <Spent name="Today" amount={key.usage_daily} />
              <Spent name="Month" amount={key.usage_monthly} />
              <Spent name="Ever" amount={key.usage} />
              <td data-name="Limit" className={`${CELL} min-w-44`}>
                <LimitBar known={key} />
              </td>
              <td data-name="Created" className={`${CELL} whitespace-nowrap`}>
                <span title={exactTime(key.created_at)}>{day(key.created_at)}</span>
                <span
                  className="block text-xs text-soft"
                  title={key.expires_at === null ? undefined : exactTime(key.expires_at)}
                >
                  {key.expires_at === null ? 'never expires' : `until ${day(key.expires_at)}`}
                </span>
              </td>
              {actions && <Actions known={key} actions={actions} />}
            </tr>
          ))}
        </tbody>
      </table>
    </TableFrame>
  );
}

function State({ state }: { readonly state: KeyState }) {
  const [mark, colour] = STATES[state];
  return (
    <span className={colour}>
      <span aria-hidden="true">{mark}</span> {state}
    </span>
  );
}

function Spent({ name, amount }: { readonly name: string; readonly amount: number }) {
  return (
    <td data-name={name} className={NUMBER} title={exactDollars(amountOf(amount))}>
      {dollars(amountOf(amount))}
    </td>
  );
}

/** What is left of a limit, drawn and in words. */
export function LimitBar({ known }: { readonly known: KeyListing }) {
  const facts = limitFacts(known);
  if (!facts) return <span className="text-soft">none</span>;
  const isNear = facts.share >= 0.9;
  return (
    <>
      <svg className="block h-1.5 w-full rounded-full" aria-hidden="true">
        <rect width="100%" height="100%" rx="3" className="fill-raised" />
        <rect width={`${facts.share * 100}%`} height="100%" rx="3" className={isNear ? 'fill-bad' : 'fill-chart-2'} />
      </svg>
      <span className="figures mt-1 block text-xs whitespace-nowrap">{facts.text}</span>
    </>
  );
}

function Actions({ known, actions }: { readonly known: KeyListing; readonly actions: KeyActions }) {
  const named = <span className="sr-only"> {isolate(known.name)}</span>;
  return (
    <td className="px-1 py-1 text-right whitespace-nowrap">
      <Button kind="quiet" className="px-2" onClick={() => actions.change(known)}>
        Change{named}
      </Button>
      <Button kind="quiet" className="px-2" onClick={() => actions.turn(known)}>
        {known.disabled ? 'Enable' : 'Disable'}
        {named}
      </Button>
      <Button kind="quiet" className="px-2 text-bad" onClick={() => actions.remove(known)}>
        Delete{named}
      </Button>
    </td>
  );
}
