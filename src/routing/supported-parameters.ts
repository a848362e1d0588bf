/**
 * A parameter that reaches the provider under another name, or as part of another one: honoured where any of these is
 * listed. The same as what the wire formats send.
 */
const ALSO_HONOURED_BY: Readonly<Record<string, readonly string[]>> = {
  max_tokens: ['max_completion_tokens'],
  max_completion_tokens: ['max_tokens'],
  response_format: ['structured_outputs'],
  reasoning_effort: ['reasoning'],
  include_reasoning: ['reasoning'],
  tool_choice: ['tools'],
  parallel_tool_calls: ['tools'],
  top_logprobs: ['logprobs'],
};

/** Parameters whose loss spoils the answer: an endpoint that honours them is preferred even when it need not. */
const WEIGHTY = new Set(['tools', 'response_format', 'verbosity']);

export function isHonoured(parameter: string, supported: readonly string[]): boolean {
  if (supported.includes(parameter)) return true;
  const others = ALSO_HONOURED_BY[parameter];
  return others?.some((other) => supported.includes(other)) ?? false;
}

export function weightyParameters(sent: readonly string[], hasTools: boolean): readonly string[] {
  const weighty = sent.filter((parameter) => WEIGHTY.has(parameter));
  return hasTools && !weighty.includes('tools') ? ['tools', ...weighty] : weighty;
}
