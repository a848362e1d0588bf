import { formatUsd } from '../base/money.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import { type EndpointHealth, UNKNOWN_HEALTH } from './health-numbers.ts';
import { REJECTION_WORDS } from './rejection-words.ts';
import type { RouteDecision } from './route-plan.ts';
import { tellLayers } from './tell-layers.ts';

const WIDTH = 100;

/**
 * The decision as a table for `trunkline explain`: plain text, at most 100 columns. Endpoints that are no longer in the
 * catalogue are named and left without figures. Prices are dollars per million tokens, prompt / completion.
 */
export function renderDecision(decision: RouteDecision, endpoints: readonly Endpoint[]): string {
  const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const { features } = decision;
  const steps = decision.steps.map(({ endpointId, reason }, index) => {
    const endpoint = byId.get(endpointId);
    const health = decision.health[endpointId] ?? UNKNOWN_HEALTH;
    return {
      cells: [`${index + 1}`, nameOf(endpointId), ...factsOf(endpoint), healthOf(health, decision.nowMs)],
      reason,
    };
  });
  const rejected = decision.rejected.map(({ endpointId, reason }) => [nameOf(endpointId), REJECTION_WORDS[reason]]);
  const [head, ...rows] = table([
    ['', 'endpoint', '$/M in/out', 'context', 'quant', 'health'],
    ...steps.map(({ cells }) => cells),
  ]);
  const lines = [
    `Route for ${features.models.join(', ')}`,
    `at ${new Date(decision.nowMs).toISOString()}`,
    `policy ${decision.policy}, catalogue ${decision.catalogVersion}, seed ${decision.seed}`,
    `about ${features.promptTokensEstimate} prompt tokens` +
      (features.outputTokensMax === undefined ? '' : `, at most ${features.outputTokensMax} output tokens`) +
      (features.parameters.length === 0 ? '' : `, with ${features.parameters.join(', ')}`),
    ...(features.preset ? [`filled up by the preset ${features.preset.slug}, version ${features.preset.version}`] : []),
    ...tellLayers(features).map((layer) => `preferences also of: ${layer}`),
    ...autoLines(decision.auto),
    '',
    ...(steps.length === 0
      ? ['No endpoint could serve.']
      : [head!, ...rows.flatMap((row, index) => [row, `   ${steps[index]!.reason}`])]),
    ...(rejected.length === 0 ? [] : ['', 'Not used:', ...table([['endpoint', 'because it'], ...rejected])]),
  ];
  // Model names are the caller's own text: nothing in them may steer the operator's terminal.
  return lines.map((line) => clip(line.replace(/\p{Cc}/gu, '?'), WIDTH).trimEnd()).join('\n');
}

function autoLines(auto: RouteDecision['auto']): readonly string[] {
  if (!auto) return [];
  return [`chosen of ${auto.eligible} models by ${auto.method}, cost tier ${auto.tier}: ${auto.chosen.join(', ')}`];
}

/** `deepinfra/fp8` of `meta-llama/llama-4-scout`: the tag tells the endpoints of a model apart. */
function nameOf(endpointId: string): string {
  const bar = endpointId.lastIndexOf('|');
  const model = endpointId.slice(0, Math.max(0, bar));
  return `${endpointId.slice(bar + 1)} ${model.slice(model.indexOf('/') + 1)}`.trim();
}

function factsOf(endpoint: Endpoint | undefined): readonly [string, string, string] {
  if (endpoint === undefined) return ['?', '?', '?'];
  const { price, contextTokensMax, quantization } = endpoint;
  return [`${perMillion(price.prompt)}/${perMillion(price.completion)}`, shortCount(contextTokensMax), quantization];
}

function perMillion(pico: bigint): string {
  return formatUsd(pico * 1_000_000n);
}

function shortCount(tokens: number): string {
  return tokens < 10_000 ? String(tokens) : tokens < 1e6 ? `${Math.round(tokens / 1000)}k` : `${round(tokens / 1e6)}M`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function healthOf(health: EndpointHealth, nowMs: number): string {
  if (health.vetoed) return 'key refused';
  const words = [
    ...(health.recentOutage ? ['outage'] : []),
    ...(health.gatedUntilMs !== undefined && health.gatedUntilMs > nowMs ? ['gated'] : []),
    ...(health.uptime === undefined ? [] : [`${round(health.uptime * 100)}%`]),
    ...(health.latencyMs === undefined ? [] : [`${Math.round(health.latencyMs.p50)}ms`]),
    ...(health.throughput === undefined ? [] : [`${Math.round(health.throughput.p50)}t/s`]),
  ];
  return words.length === 0 ? 'unknown' : words.join(' ');
}

/** Columns as wide as their widest cell, within reason. The last column takes what is left. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, column) => {
    const isLast = column === rows[0]!.length - 1;
    return Math.min(isLast ? WIDTH : COLUMN_MAX, Math.max(...rows.map((row) => row[column]!.length)));
  });
  return rows.map((row) => row.map((cell, column) => clip(cell, widths[column]!).padEnd(widths[column]!)).join('  '));
}

const COLUMN_MAX = 36;

function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
