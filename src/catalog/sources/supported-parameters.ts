/** Parameters that each wire API of pi-ai carries for every model. */
const BASE: Readonly<Record<string, readonly string[]>> = {
  'openai-completions': [
    'max_tokens',
    'temperature',
    'top_p',
    'stop',
    'seed',
    'frequency_penalty',
    'presence_penalty',
    'response_format',
  ],
  'anthropic-messages': ['max_tokens', 'temperature', 'top_p', 'top_k', 'stop'],
  'google-generative-ai': ['max_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'seed', 'response_format'],
  'google-vertex': ['max_tokens', 'temperature', 'top_p', 'top_k', 'stop', 'seed', 'response_format'],
  'mistral-conversations': [
    'max_tokens',
    'temperature',
    'top_p',
    'stop',
    'seed',
    'frequency_penalty',
    'presence_penalty',
    'response_format',
  ],
  'bedrock-converse-stream': ['max_tokens', 'temperature', 'top_p', 'stop'],
  'openai-responses': ['max_tokens', 'max_completion_tokens', 'temperature', 'top_p', 'seed', 'response_format'],
};

export interface ParameterFacts {
  readonly wire: string;
  readonly tools: boolean;
  readonly structuredOutputs: boolean;
  readonly reasoning: boolean;
  readonly reasoningEffort: boolean;
  readonly temperature: boolean;
}

/** OpenRouter's names of what an endpoint honours, as far as the sources say; nothing is added on a guess. */
export function supportedParameters(facts: ParameterFacts): readonly string[] {
  const base = BASE[facts.wire] ?? BASE['openai-completions']!;
  return [
    ...base.filter((name) => facts.temperature || (name !== 'temperature' && name !== 'top_p')),
    ...(facts.tools ? ['tools', 'tool_choice'] : []),
    ...(facts.structuredOutputs ? ['structured_outputs'] : []),
    ...(facts.structuredOutputs && !base.includes('response_format') ? ['response_format'] : []),
    ...(facts.reasoning ? ['reasoning', 'include_reasoning'] : []),
    ...(facts.reasoningEffort ? ['reasoning_effort'] : []),
  ];
}
