import { z } from 'zod';
import type { JsonObject } from '../base/json.ts';
import { Failure } from '../generation/failure.ts';
import type { GenerationRequest } from '../generation/request.ts';
import { compress } from './context-compression/compress.ts';
import { countTokens, countToolTokens } from './context-compression/count-tokens.ts';
import type { FitTarget, Plugin, PluginDeed, PluginRun, Revision } from './plugin.ts';

/** As on OpenRouter: an endpoint that holds half of the prompt is worth a try. */
const CONTEXT_SHARE = 0.5;
/** Room for an answer where the caller set no length: an eighth of the context, but no more than this. */
const ANSWER_TOKENS = 4_096;
/** Tokenizers count more than a byte in four for some languages and code. */
const CAUTION = 0.87;

/**
 * Leaves out the middle of a conversation that is too long for an endpoint. Only on request: nobody's prompt is cut unasked,
 * whatever the size of the context.
 */
export default {
  id: 'context-compression',
  stage: 'context_compression',
  settings: z.looseObject({ engine: z.literal('middle-out').nullish() }) as unknown as z.ZodType<JsonObject>,
  fitsLast: true,
  /** The older way to ask for it. */
  askedBy(request) {
    const transforms = request.field('transforms');
    return Array.isArray(transforms) && transforms.includes('middle-out') ? {} : undefined;
  },
  open({ request }) {
    // What only draws has no conversation to shorten.
    if (!request.features.outputModalities.includes('text')) return undefined;
    return new CompressionRun();
  },
} satisfies Plugin;

class CompressionRun implements PluginRun {
  readonly adapts = { contextShare: CONTEXT_SHARE };
  #deed: PluginDeed | undefined;

  did(): PluginDeed | undefined {
    return this.#deed;
  }

  fit(request: GenerationRequest, endpoint: FitTarget): Revision | undefined {
    const { features } = request;
    const content = request.content();
    const room = endpoint.contextTokensMax - (features.outputTokensMax ?? 0);
    const most = Math.min(endpoint.promptTokensMax ?? room, room);
    const { messagesMax } = endpoint;
    const tooMany = messagesMax !== undefined && content.messages.length > messagesMax;
    const toolTokens = countToolTokens(content);
    const tokens = toolTokens + content.messages.reduce((sum, message) => sum + countTokens(message), 0);
    this.#deed = undefined;
    if (Math.max(tokens, features.promptTokensEstimate) <= most && !tooMany) return undefined;
    const answer = features.outputTokensMax === undefined ? Math.min(ANSWER_TOKENS, endpoint.contextTokensMax / 8) : 0;
    const tokensMax = Math.floor((most - answer) * CAUTION) - toolTokens;
    const compressed = compress(content.messages, { tokensMax, ...(messagesMax !== undefined && { messagesMax }) });
    if (!compressed) throw tooLong(endpoint, tokens);
    const { messages, dropped, cutTexts, losses } = compressed;
    if (dropped.length === 0 && cutTexts === 0) return undefined;
    this.#deed = {
      summary: `left out ${dropped.length} of ${content.messages.length} messages and cut ${cutTexts} texts`,
      data: {
        engine: 'middle-out',
        messages: content.messages.length,
        dropped: dropped.length,
        cut: cutTexts,
        tokensMax,
      },
    };
    return { content: { ...content, messages }, losses };
  }
}

/** Another endpoint may have more room. */
function tooLong(endpoint: FitTarget, tokens: number): Failure {
  return new Failure('provider-context-too-long', {
    message: `About ${tokens} tokens can't be cut to the ${endpoint.contextTokensMax} of ${endpoint.modelId} without losing what must stay`,
  });
}
