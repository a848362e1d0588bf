import type { Endpoint } from '../catalog/endpoint.ts';
import type { Model } from '../catalog/model.ts';
import {
  type EndpointListing,
  type EndpointStatus,
  PARAMETER_NAMES,
  type ToolChoiceListing,
} from '../contract/model.ts';
import type { EndpointHealth, Percentiles } from '../routing/health-numbers.ts';
import { type Standing, standingOf } from '../routing/standing.ts';
import type { Exchange } from './exchange.ts';
import { printPrice } from './print-price.ts';

/** From `standing.ts`: stable, degraded, unstable, down. */
const STATUS_OF_STANDING: Readonly<Record<Standing, EndpointStatus>> = { 0: 0, 1: -1, 2: -2, 3: -3 };

export interface EndpointPrinter {
  readonly exchange: Exchange;
  readonly connectedIds: ReadonlySet<string>;
  /** Percentiles are for callers with a key, as OpenRouter keeps it. */
  readonly showsPercentiles: boolean;
}

/** One endpoint as OpenRouter lists it. Health figures cover the last minutes that routing itself looks at. */
export function printEndpoint(model: Model, endpoint: Endpoint, printer: EndpointPrinter): EndpointListing {
  const { exchange, showsPercentiles } = printer;
  const health = exchange.health(endpoint.id);
  const uptime = exchange.uptime(endpoint.id);
  return {
    name: `${endpoint.providerName} | ${model.canonicalSlug}`,
    model_id: endpoint.modelId,
    model_name: model.name,
    context_length: endpoint.contextTokensMax,
    pricing: { ...printPrice(endpoint.price), discount: 0 },
    provider_name: endpoint.providerName,
    tag: endpoint.tag,
    quantization: endpoint.quantization,
    max_completion_tokens: endpoint.outputTokensMax ?? null,
    max_prompt_tokens: endpoint.promptTokensMax ?? null,
    supported_parameters: PARAMETER_NAMES.filter((name) => endpoint.supportedParameters.includes(name)),
    supports_tool_choice: toolChoiceOf(endpoint),
    status: statusOf(endpoint, health, printer),
    uptime_last_5m: uptime.last5m ?? null,
    uptime_last_30m: uptime.last30m ?? null,
    uptime_last_1d: uptime.last1d ?? null,
    supports_implicit_caching: endpoint.implicitCaching,
    latency_last_30m: showsPercentiles ? printPercentiles(health.latencyMs) : null,
    throughput_last_30m: showsPercentiles ? printPercentiles(health.throughput) : null,
  };
}

function toolChoiceOf({ supportedParameters }: Endpoint): ToolChoiceListing {
  const choice = supportedParameters.includes('tool_choice');
  return { auto: supportedParameters.includes('tools'), none: choice, required: choice, function: choice };
}

/** 0 when connected and well. A refused or unpaid provider key is as good as none. */
function statusOf(endpoint: Endpoint, health: EndpointHealth, printer: EndpointPrinter): EndpointStatus {
  if (endpoint.status === 'retired') return -10;
  if (!isConnected(endpoint, printer.connectedIds) || health.vetoed) return -5;
  return STATUS_OF_STANDING[standingOf(health, printer.exchange.clock.nowMs())];
}

export function isConnected(endpoint: Endpoint, connectedIds: ReadonlySet<string>): boolean {
  return connectedIds.has(endpoint.providerId);
}

/** Local engines are providers too, and appear here when they run. */
export function connectedIdsOf(exchange: Exchange): ReadonlySet<string> {
  return new Set(
    exchange
      .providers()
      .filter((provider) => provider.connected)
      .map((provider) => provider.id),
  );
}

function printPercentiles(figures: Percentiles | undefined): Percentiles | null {
  return figures ? { p50: figures.p50, p75: figures.p75, p90: figures.p90, p99: figures.p99 } : null;
}
