import type { RejectionCode } from './route-plan.ts';

/** Rejections in words, for `trunkline explain` and for error messages: "not used because it …". */
export const REJECTION_WORDS: Readonly<Record<RejectionCode, string>> = {
  bundled: 'is the bundled model, which answers only to its own name',
  demonstration: 'is kept apart: the demonstration and everybody else never use the same endpoints',
  retired: 'is retired',
  not_connected: 'has no provider key here',
  switched_off: 'was switched off by an operator',
  key_refused: 'had its provider key refused or unpaid',
  service_tier: 'belongs to a service tier that was not asked for',
  allowed_providers: 'is not in provider.only',
  ignored_providers: 'is in provider.ignore',
  'data_policy:training': 'may train on prompts, or does not say',
  'data_policy:zdr': 'does not promise zero data retention',
  distillable: 'serves a model whose outputs may not train others',
  quantization: 'is not of a quantization in provider.quantizations',
  max_price: 'costs more than provider.max_price',
  context_length: 'has too small a context for prompt and output',
  max_tokens: 'cannot produce max_tokens',
  input_modality: 'cannot read all parts of the prompt',
  output_modality: 'cannot produce the modalities asked for',
  require_parameters: 'does not support every parameter sent',
  no_fallbacks: 'stands behind the first choice, with allow_fallbacks off',
};
