import { Scatter, type ScatterAxis } from '../charts/scatter.tsx';
import { SelectField } from '../parts/field.tsx';
import { Empty } from '../parts/states.tsx';
import { compact, forDrawing } from '../text/numbers.ts';
import type { ModelRow } from './rows.ts';

export interface ModelScatterProps {
  readonly rows: readonly ModelRow[];
  readonly against: string;
  readonly setAgainst: (against: string) => void;
  readonly asOf: string | undefined;
}

const PRICE: ScatterAxis = {
  name: 'price in and out, $ per million tokens',
  good: 'low',
  format: (value) => `$${value < 1 ? Number(value.toPrecision(2)) : compact(value)}`,
};

const AGAINST = {
  context: {
    axis: { name: 'context, tokens', good: 'high', format: compact } satisfies ScatterAxis,
    of: ({ context }: ModelRow) => context,
    sample: 'model',
  },
  speed: {
    axis: { name: 'tokens per second, p50', good: 'high', format: compact } satisfies ScatterAxis,
    of: ({ stats }: ModelRow) => stats?.tokens_per_second.value ?? 0,
    sample: 'model',
  },
} as const;

/** What is the best trade? Price against context or measured speed, with the line of those that no other beats. */
export default function ModelScatter({ rows, against, setAgainst, asOf }: ModelScatterProps) {
  const key = against === 'speed' ? 'speed' : 'context';
  const { axis, of, sample } = AGAINST[key];
  const data = rows
    .map((row) => ({
      name: row.name,
      x: forDrawing(row.priceSum) * 1_000_000,
      y: of(row),
      kind: kindOf(row),
      isChosen: row.connected,
    }))
    .filter(({ x, y }) => x > 0 && y > 0);
  const left = rows.length - data.length;
  return (
    <>
      <SelectField
        className="mb-4 w-64"
        label="Price against"
        value={key}
        onChange={(event) => setAgainst(event.target.value)}
      >
        <option value="context">context</option>
        <option value="speed">measured speed</option>
      </SelectField>
      {data.length === 0 ? (
        <Empty title="Nothing to draw yet">
          {key === 'speed'
            ? 'Speeds appear once a model has answered 20 requests here. The catalogue states prices and context; it does not state speeds.'
            : 'None of these models has both a price above zero and a known context.'}
        </Empty>
      ) : (
        <Scatter
          title={key === 'speed' ? 'Price and measured speed' : 'Price and context'}
          description={`Ringed: usable here now. ${left > 0 ? `${left} without a price or a ${key} are left out, since both axes are logarithmic.` : ''}`}
          unit={axis.name}
          n={data.length}
          sample={sample}
          source="catalogue of this installation"
          {...(asOf !== undefined && { asOf })}
          apiPath="/api/x/models"
          level={2}
          size="large"
          data={data}
          xAxis={PRICE}
          yAxis={axis}
        />
      )}
    </>
  );
}

function kindOf({ open_weights, reasoning }: ModelRow): string {
  const weights = open_weights ? 'open weights' : 'closed weights';
  return reasoning ? `${weights}, reasons` : weights;
}
