import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { Block, HEAD_CELL, HEAD_NUMBER, NUMBER, ROW_NAME, TableFrame } from '../console/block.tsx';
import { exact } from '../text/numbers.ts';

type Counts = GenerationDetail['tokens']['native'];

const ROWS: readonly (readonly [keyof Counts, string])[] = [
  ['prompt', 'Prompt'],
  ['cached', '– of it read from a cache'],
  ['cache_write', '– of it written to a cache'],
  ['audio_prompt', '– of it audio'],
  ['completion', 'Completion'],
  ['reasoning', '– of it reasoning'],
  ['image', '– of it images'],
  ['audio_completion', '– of it audio'],
];

/** Parts that are nothing on both sides are left out; the two totals never. */
export function TokenTable({ tokens }: Pick<GenerationDetail, 'tokens'>) {
  const { native, normalised, provenance } = tokens;
  const rows = ROWS.filter(
    ([part]) => part === 'prompt' || part === 'completion' || native[part] > 0 || normalised[part] > 0,
  );
  return (
    <Block
      title="Tokens"
      note={`Native: the provider’s own count (${provenance}). Normalised: what the price was made from.`}
    >
      <TableFrame label="Tokens by part">
        <table className="w-full text-sm">
          <caption className="sr-only">Tokens by part, native and normalised</caption>
          <thead>
            <tr className="border-b border-line">
              <th scope="col" className={HEAD_CELL}>
                Part
              </th>
              <th scope="col" className={HEAD_NUMBER}>
                Native
              </th>
              <th scope="col" className={HEAD_NUMBER}>
                Normalised
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([part, name]) => (
              <tr key={part} className="border-line not-last:border-b">
                <th scope="row" className={ROW_NAME}>
                  {name}
                </th>
                <td className={NUMBER}>{exact(native[part])}</td>
                <td className={NUMBER}>{exact(normalised[part])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
    </Block>
  );
}
