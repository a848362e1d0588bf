import { isJsonObject, type Json, type JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import { budgetOfEffort, type Effort, effortOfBudget, readReasoningWish } from '../../generation/reasoning.ts';
import type { RequestContent } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { fitSchema } from './fit-schema.ts';

/** Anthropic wants a limit in every request; this one where nobody knows the endpoint's. */
export const OUTPUT_TOKENS_DEFAULT = 8_192;
/** The least budget for thinking. */
const BUDGET_MIN = 1_024;

export type Body = Record<string, Json | undefined>;

/** The top-level fields of a request built from canonical content, and what could not be said. */
export function buildFields(content: RequestContent, target: RequestTarget, losses: Loss[]): Body {
  return new FieldBuilder(content, target, losses).build();
}

/** Read together with others, or said by the gateway itself. */
const HANDLED: ReadonlySet<string> = new Set([
  ...['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'cache_control', 'service_tier'],
  ...['reasoning', 'reasoning_effort', 'include_reasoning', 'verbosity', 'response_format', 'parallel_tool_calls'],
  ...['user', 'usage', 'metadata', 'structured_outputs', 'tools', 'tool_choice'],
]);

class FieldBuilder {
  readonly #fields: Readonly<Record<string, Json>>;
  readonly #content: RequestContent;
  readonly #target: RequestTarget;
  readonly #losses: Loss[];
  readonly #body: Body = {};

  constructor(content: RequestContent, target: RequestTarget, losses: Loss[]) {
    this.#content = content;
    this.#fields = content.fields;
    this.#target = target;
    this.#losses = losses;
  }

  build(): Body {
    this.#limit();
    this.#choice();
    this.#thinking();
    this.#sampling();
    this.#stop();
    this.#format();
    this.#tier();
    if (isJsonObject(this.#fields.cache_control)) this.#body.cache_control = this.#fields.cache_control;
    for (const name of Object.keys(this.#fields)) {
      if (!HANDLED.has(name)) this.#lose(name, 'dropped', 'Messages has no word for it');
    }
    return this.#body;
  }

  #limit(): void {
    const { outputTokensMax: most, continuation } = this.#target;
    const asked = this.#fields.max_completion_tokens ?? this.#fields.max_tokens;
    let limit = typeof asked === 'number' ? asked : (most ?? OUTPUT_TOKENS_DEFAULT);
    if (most !== undefined && limit > most) {
      limit = most;
      this.#lose('max_tokens', 'approximated', `the endpoint writes at most ${most} tokens`);
    }
    this.#body.max_tokens = Math.max(1, limit - (continuation?.outputTokens ?? 0));
  }

  #choice(): void {
    const { toolChoice: choice, tools, nativeTools } = this.#content;
    const hasTools = tools.length > 0 || (nativeTools?.length ?? 0) > 0;
    const isSerial = this.#fields.parallel_tool_calls === false;
    if (!hasTools) return;
    const serial = isSerial ? { disable_parallel_tool_use: true } : {};
    if (choice === 'none') this.#body.tool_choice = { type: 'none' };
    else if (choice === 'required') this.#body.tool_choice = { type: 'any', ...serial };
    else if (typeof choice === 'object') this.#body.tool_choice = { type: 'tool', name: choice.name, ...serial };
    else if (choice === 'auto' || isSerial) this.#body.tool_choice = { type: 'auto', ...serial };
  }

  #thinking(): void {
    const wish = readReasoningWish(this.#fields);
    const knowsEffort = this.#takes('reasoning_effort') || this.#takes('verbosity');
    const verbosity = this.#fields.verbosity;
    if (typeof verbosity === 'string') this.#effort(verbosity, 'verbosity', knowsEffort);
    if (wish === undefined) return;
    if (!this.#takes('reasoning') && !knowsEffort) {
      if (wish.effort !== 'none') this.#lose('reasoning', 'dropped', 'the endpoint does not think');
      return;
    }
    if (wish.effort === 'none') {
      this.#body.thinking = { type: 'disabled' };
      return;
    }
    const { tool_choice: choice } = this.#body;
    if (isJsonObject(choice) && (choice.type === 'any' || choice.type === 'tool')) {
      this.#lose('reasoning', 'dropped', 'a forced call and thinking exclude each other');
      return;
    }
    if (knowsEffort) this.#adaptive(wish.tokensMax, wish.isExcluded);
    else this.#budget(wish.effort, wish.tokensMax, wish.isExcluded);
  }

  /** Newer models decide themselves how much to think; an effort says how much they should care. */
  #adaptive(tokensMax: number | undefined, isExcluded: boolean): void {
    this.#body.thinking = { type: 'adaptive', display: isExcluded ? 'omitted' : 'summarized' };
    const given = isJsonObject(this.#fields.reasoning) ? this.#fields.reasoning : {};
    const effort = given.effort ?? this.#fields.reasoning_effort;
    if (typeof effort === 'string') this.#effort(effort, 'reasoning.effort', true);
    if (tokensMax === undefined) return;
    this.#lose('reasoning.max_tokens', 'approximated', 'the model thinks without a budget');
    if (this.#body.output_config === undefined)
      this.#effort(effortOfBudget(tokensMax, Number(this.#body.max_tokens)), 'reasoning.max_tokens', true);
  }

  #budget(effort: Effort | undefined, tokensMax: number | undefined, isExcluded: boolean): void {
    const limit = Number(this.#body.max_tokens);
    const wanted = tokensMax ?? budgetOfEffort(effort ?? 'medium', limit);
    const budget = Math.min(Math.max(wanted, BUDGET_MIN), limit - 1);
    if (budget < BUDGET_MIN) {
      this.#lose('reasoning', 'dropped', `an answer of ${limit} tokens leaves no room for thinking`);
      return;
    }
    if (tokensMax !== undefined && tokensMax !== budget)
      this.#lose('reasoning.max_tokens', 'approximated', `the budget is ${budget}`);
    if (this.#lacksThinking()) {
      this.#lose('reasoning', 'dropped', 'the calls before were made without thinking, and it cannot begin after them');
      return;
    }
    this.#body.thinking = { type: 'enabled', budget_tokens: budget, ...(isExcluded && { display: 'omitted' }) };
  }

  /** With a budget, a turn that called tools must have begun with its own thinking, or it is refused. */
  #lacksThinking(): boolean {
    const { messages } = this.#content;
    const last = messages.findLast((message) => message.role === 'assistant');
    if (!last?.content.some((part) => part.type === 'tool-call')) return false;
    const after = messages.slice(messages.indexOf(last) + 1);
    const isAnswered = after.some((message) => message.content.some((part) => part.type === 'tool-result'));
    const first = last.content[0];
    return isAnswered && !(first?.type === 'reasoning' && first.format !== undefined);
  }

  #effort(effort: string, field: string, isTaken: boolean): void {
    if (!isTaken) {
      this.#lose(field, 'dropped', 'the endpoint does not take an effort');
      return;
    }
    const spoken = effort === 'minimal' ? 'low' : effort;
    if (spoken !== effort) this.#lose(field, 'approximated', 'the least effort is "low"');
    this.#body.output_config = { effort: spoken };
  }

  #sampling(): void {
    const { thinking } = this.#body;
    const isThinking = isJsonObject(thinking) && thinking.type !== 'disabled';
    for (const name of ['temperature', 'top_p', 'top_k'] as const) {
      const value = this.#fields[name];
      if (typeof value !== 'number') continue;
      const isDefault = name !== 'top_k' && value === 1;
      if (!this.#takes(name) || this.#target.quirks.drop?.includes(name)) {
        this.#lose(name, 'dropped', 'the endpoint does not take it');
      } else if (isThinking && !isDefault && !(name === 'top_p' && value >= 0.95)) {
        this.#lose(name, 'dropped', 'it cannot be had together with thinking');
      } else if (name === 'top_p' && typeof this.#body.temperature === 'number') {
        if (!isDefault) this.#lose(name, 'dropped', 'one of temperature and top_p is taken');
      } else if (name === 'temperature' && value > 1) {
        this.#lose(name, 'approximated', 'the highest temperature is 1');
        this.#body[name] = 1;
      } else this.#body[name] = value;
    }
  }

  #stop(): void {
    const { stop } = this.#fields;
    const all = typeof stop === 'string' ? [stop] : Array.isArray(stop) ? (stop as readonly Json[]) : [];
    const taken = all.filter((text) => typeof text === 'string' && text.trim() !== '');
    if (taken.length < all.length) this.#lose('stop', 'approximated', 'white space alone cannot end an answer');
    if (taken.length > 0) this.#body.stop_sequences = taken;
  }

  #format(): void {
    const asked = this.#fields.response_format;
    if (!isJsonObject(asked) || asked.type === 'text') return;
    const given = isJsonObject(asked.json_schema) ? asked.json_schema : {};
    const schema = asked.type === 'json_schema' && isJsonObject(given.schema) ? given.schema : undefined;
    if (schema && (this.#takes('structured_outputs') || this.#takes('response_format'))) {
      const fitted = fitSchema(schema, 'response_format.json_schema.schema', this.#losses);
      const config = isJsonObject(this.#body.output_config) ? this.#body.output_config : {};
      this.#body.output_config = { ...config, format: { type: 'json_schema', schema: fitted } };
      return;
    }
    if (asked.type !== 'json_schema' && asked.type !== 'json_object') {
      this.#lose('response_format', 'dropped', 'only JSON and JSON schemas can be asked for');
      return;
    }
    this.#lose('response_format', 'emulated', 'asked for in the system prompt');
    this.#body.system = [{ type: 'text', text: formatInstruction(schema) }];
  }

  #tier(): void {
    const tier = this.#fields.service_tier;
    if (tier === 'auto') this.#body.service_tier = 'auto';
    else if (tier === 'default') this.#body.service_tier = 'standard_only';
    else if (tier !== undefined) this.#lose('service_tier', 'dropped', 'Anthropic has no such tier');
  }

  #takes(parameter: string): boolean {
    return this.#target.supportedParameters.includes(parameter);
  }

  #lose(field: string, outcome: Loss['outcome'], reason: string): void {
    this.#losses.push({ field, outcome, reason });
  }
}

function formatInstruction(schema: JsonObject | undefined): string {
  const rule = 'Answer with one JSON object and nothing else: no introduction, no explanation, no code fence.';
  return schema ? `${rule} It must be valid under this JSON schema:\n${JSON.stringify(schema)}` : rule;
}
