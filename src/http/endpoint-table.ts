import { formatUsd } from '../base/money.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { ProviderFacts } from './exchange.ts';
import { type Html, html } from './html.ts';

const NUMERIC: ReadonlySet<string> = new Set(['Endpoints', 'In', 'Out', 'Context', 'Output', 'Spent', 'Limit']);

/** Wide tables scroll inside their own frame, which the keyboard reaches. */
export function table(label: string, heads: readonly string[], rows: readonly Html[]): Html {
  return html`<div class="scroll" role="region" aria-label="${label}" tabindex="0"><table><thead><tr>${heads.map((head) => html`<th scope="col" class="${NUMERIC.has(head) ? 'n' : ''}">${head}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}

const HEADS = ['Endpoint', 'In', 'Out', 'Context', 'Output', 'Quant.', 'State'];

/** A model's endpoints: what can be called first, what is gone last, the cheaper before the dearer. Dollars per million tokens. */
export function endpointTable(
  label: string,
  endpoints: readonly Endpoint[],
  providers: ReadonlyMap<string, ProviderFacts>,
): Html {
  if (endpoints.length === 0) return html`<p>No endpoint is known.</p>`;
  const rows = [...endpoints]
    .sort(byUse(providers))
    .map((endpoint) => endpointRow(endpoint, providers.get(endpoint.providerId)));
  return table(label, HEADS, rows);
}

function byUse(providers: ReadonlyMap<string, ProviderFacts>): (a: Endpoint, b: Endpoint) => number {
  const rank = (endpoint: Endpoint): number =>
    endpoint.status === 'retired' ? 2 : providers.get(endpoint.providerId)?.connected ? 0 : 1;
  return (a, b) =>
    rank(a) - rank(b) || Number(a.price.prompt + a.price.completion - b.price.prompt - b.price.completion);
}

function endpointRow(endpoint: Endpoint, provider: ProviderFacts | undefined): Html {
  const perMillion = (pico: bigint): string => formatUsd(pico * 1_000_000n);
  const count = (tokens: number | undefined): string => tokens?.toLocaleString('en') ?? '–';
  const { prompt, completion } = endpoint.price;
  const sizes = [count(endpoint.contextTokensMax), count(endpoint.outputTokensMax)];
  const numbers = [perMillion(prompt), perMillion(completion), ...sizes].map(
    (text, index) => html`<td class="n" data-head="${HEADS[index + 1]}">${text}</td>`,
  );
  return html`<tr class="endpoint"><th scope="row">${endpoint.providerName} <small>${endpoint.tag}</small></th>
${numbers}<td data-head="${HEADS[5]}">${endpoint.quantization}</td><td>${stateOf(endpoint, provider)}</td></tr>`;
}

function stateOf(endpoint: Endpoint, provider: ProviderFacts | undefined): Html {
  if (endpoint.status === 'retired') return html`<span class="gone">retired ${endpoint.retiresOn}</span>`;
  if (endpoint.isLocal) return html`<span class="good">on this machine</span>`;
  if (provider?.connected) return html`<span class="good">connected</span>`;
  const keys = provider?.environmentKeys ?? [];
  return keys.length > 0 ? html`set <code>${keys[0]}</code>` : html`not supported yet`;
}
