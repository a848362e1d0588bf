import { expect, test } from 'bun:test';
import {
  makeEndpoint,
  makeHealth,
  makeInputs,
  makeModel,
  makePrice,
  refusals,
  tags,
  type World,
} from '../../test/simulation/routing-world.ts';
import { planRoute } from './plan.ts';

/** Each row: a sentence, the world, and the tags that remain; everything else is refused with the code. */
const rows: readonly [sentence: string, world: World, passes: readonly string[], refused: readonly string[]][] = [
  [
    'a retired endpoint is out',
    { endpoints: [makeEndpoint('a'), makeEndpoint('b', { status: 'retired' })] },
    ['a'],
    ['b: retired'],
  ],
  [
    'what the demonstration put here takes no request of anybody else',
    { endpoints: [makeEndpoint('a'), makeEndpoint('b', { isDemo: true })] },
    ['a'],
    ['b: demonstration'],
  ],
  [
    'a request of the demonstration costs nobody anything: only its own endpoints take it',
    { endpoints: [makeEndpoint('a'), makeEndpoint('b', { isDemo: true })], features: { isDemo: true } },
    ['b'],
    ['a: demonstration'],
  ],
  [
    'a provider without a key is out',
    { endpoints: [makeEndpoint('a'), makeEndpoint('b')], connected: new Set(['a']) },
    ['a'],
    ['b: not_connected'],
  ],
  [
    'a refused key keeps its endpoint out',
    { endpoints: [makeEndpoint('a'), makeEndpoint('b')], health: { b: makeHealth({ vetoed: true }) } },
    ['a'],
    ['b: key_refused'],
  ],
  [
    'only keeps the listed providers, by slug or by name, in any case',
    {
      endpoints: [makeEndpoint('a'), makeEndpoint('b', { providerName: 'Bee Cloud' }), makeEndpoint('c')],
      preferences: { only: ['A', 'bee cloud'] },
    },
    ['a', 'b'],
    ['c: allowed_providers'],
  ],
  [
    'a base slug matches all regions, a full slug exactly one',
    {
      endpoints: [makeEndpoint('a/us'), makeEndpoint('a/eu'), makeEndpoint('b/us'), makeEndpoint('b/eu')],
      preferences: { only: ['a', 'b/eu'] },
    },
    ['a/us', 'a/eu', 'b/eu'],
    ['b/us: allowed_providers'],
  ],
  [
    'ignore leaves out the listed providers',
    { endpoints: [makeEndpoint('a'), makeEndpoint('b/eu'), makeEndpoint('b/us')], preferences: { ignore: ['b/eu'] } },
    ['a', 'b/us'],
    ['b/eu: ignored_providers'],
  ],
  [
    'data_collection deny trusts only a stated no',
    {
      endpoints: [
        makeEndpoint('no', { trainsOnPrompts: false }),
        makeEndpoint('yes', { trainsOnPrompts: true }),
        without('trainsOnPrompts', 'unknown'),
      ],
      preferences: { dataCollection: 'deny' },
    },
    ['no'],
    ['yes: data_policy:training', 'unknown: data_policy:training'],
  ],
  [
    'zdr trusts only a stated yes',
    {
      endpoints: [
        makeEndpoint('yes', { zeroDataRetention: true }),
        makeEndpoint('no', { zeroDataRetention: false }),
        without('zeroDataRetention', 'unknown'),
      ],
      preferences: { zdr: true },
    },
    ['yes'],
    ['no: data_policy:zdr', 'unknown: data_policy:zdr'],
  ],
  [
    'enforce_distillable_text needs a model whose author permits it',
    {
      models: [makeModel([makeEndpoint('a')], { isDistillable: false })],
      preferences: { enforceDistillableText: true },
    },
    [],
    ['a: distillable'],
  ],
  [
    'fp4 also means mxfp4 and nvfp4, fp8 also mxfp8, and not the reverse',
    {
      endpoints: (['fp4', 'mxfp4', 'nvfp4', 'fp8', 'mxfp8', 'bf16', 'unknown'] as const).map((quantization) =>
        makeEndpoint(`p-${quantization}`, { quantization }),
      ),
      preferences: { quantizations: ['fp4', 'mxfp8'] },
    },
    ['p-fp4', 'p-mxfp4', 'p-nvfp4', 'p-mxfp8'],
    ['p-fp8: quantization', 'p-bf16: quantization', 'p-unknown: quantization'],
  ],
  [
    'max_price allows the price itself and nothing above, for prompt and completion',
    {
      endpoints: [
        makeEndpoint('equal', { price: makePrice(2) }),
        makeEndpoint('prompt', { price: makePrice(2, { prompt: 2_000_001n }) }),
        makeEndpoint('completion', { price: makePrice(2, { completion: 2_000_001n }) }),
      ],
      preferences: { maxPricePico: { prompt: 2_000_000n, completion: 2_000_000n } },
    },
    ['equal'],
    ['prompt: max_price', 'completion: max_price'],
  ],
  [
    'max_price bounds request, image and audio where they are charged',
    {
      endpoints: [
        makeEndpoint('none'),
        makeEndpoint('request', { price: makePrice(1, { perRequest: 11n }) }),
        makeEndpoint('image', { price: makePrice(1, { perImage: 11n }) }),
        makeEndpoint('audio', { price: makePrice(1, { audio: 11n }) }),
        makeEndpoint('below', { price: makePrice(1, { perRequest: 10n, perImage: 10n, audio: 10n }) }),
      ],
      preferences: { maxPricePico: { request: 10n, image: 10n, audio: 10n } },
    },
    ['none', 'below'],
    ['request: max_price', 'image: max_price', 'audio: max_price'],
  ],
  [
    'max_price reads the price that holds for a prompt of this length',
    {
      endpoints: [
        makeEndpoint('long', { price: makePrice(1, { overrides: [{ minPromptTokens: 999, prompt: 3_000_000n }] }) }),
        makeEndpoint('longer', { price: makePrice(1, { overrides: [{ minPromptTokens: 1000, prompt: 3_000_000n }] }) }),
      ],
      preferences: { maxPricePico: { prompt: 2_000_000n } },
    },
    ['longer'],
    ['long: max_price'],
  ],
  [
    'prompt and requested output must fit the context, and the prompt its own limit',
    {
      endpoints: [
        makeEndpoint('fits', { contextTokensMax: 1500, promptTokensMax: 1000 }),
        makeEndpoint('short', { contextTokensMax: 1499 }),
        makeEndpoint('prompt', { promptTokensMax: 999 }),
      ],
      features: { promptTokensEstimate: 1000, outputTokensMax: 500 },
    },
    ['fits'],
    ['short: context_length', 'prompt: context_length'],
  ],
  [
    'max_tokens needs an endpoint that can produce them; an unknown limit passes',
    {
      endpoints: [
        makeEndpoint('enough', { outputTokensMax: 500 }),
        makeEndpoint('few', { outputTokensMax: 499 }),
        makeEndpoint('unknown'),
      ],
      features: { outputTokensMax: 500 },
    },
    ['enough', 'unknown'],
    ['few: max_tokens'],
  ],
  [
    'every input modality must be read',
    {
      endpoints: [makeEndpoint('sees', { inputModalities: ['text', 'image'] }), makeEndpoint('blind')],
      features: { inputModalities: ['text', 'image'] },
    },
    ['sees'],
    ['blind: input_modality'],
  ],
  [
    'every output modality must be produced',
    {
      endpoints: [makeEndpoint('paints', { outputModalities: ['text', 'image'] }), makeEndpoint('writes')],
      features: { outputModalities: ['image'] },
    },
    ['paints'],
    ['writes: output_modality'],
  ],
  [
    'require_parameters needs every parameter sent, under whichever name it travels',
    {
      endpoints: [
        makeEndpoint('all', { supportedParameters: ['seed', 'max_tokens'] }),
        makeEndpoint('lacks', { supportedParameters: ['max_completion_tokens'] }),
      ],
      features: { parameters: ['seed', 'max_completion_tokens'] },
      preferences: { requireParameters: true },
    },
    ['all'],
    ['lacks: require_parameters'],
  ],
  [
    'without require_parameters nobody is refused for a parameter',
    {
      endpoints: [makeEndpoint('all', { supportedParameters: ['seed'] }), makeEndpoint('lacks')],
      features: { parameters: ['seed'] },
    },
    ['all', 'lacks'],
    [],
  ],
  [
    'tiers stay out unless they are asked for',
    { endpoints: [makeEndpoint('a'), flex('a/flex'), priority('a/priority')] },
    ['a'],
    ['a/flex: service_tier', 'a/priority: service_tier'],
  ],
  [
    'the flex tier alone serves when it is asked for and there is one',
    { endpoints: [makeEndpoint('a'), flex('a/flex'), priority('a/priority')], features: { serviceTier: 'flex' } },
    ['a/flex'],
    ['a: service_tier', 'a/priority: service_tier'],
  ],
  [
    'flex without a flex endpoint that can be called is normal routing',
    {
      endpoints: [makeEndpoint('a'), flex('b/flex')],
      features: { serviceTier: 'flex' },
      connected: new Set(['a']),
    },
    ['a'],
    ['b/flex: not_connected'],
  ],
  [
    'a full slug in only names a tier, a base slug does not',
    {
      endpoints: [makeEndpoint('a'), flex('a/flex'), priority('b/priority')],
      preferences: { only: ['a', 'b/priority'] },
    },
    ['a', 'b/priority'],
    ['a/flex: service_tier'],
  ],
  [
    'the priority tier joins the default one when asked for',
    { endpoints: [makeEndpoint('a'), flex('a/flex'), priority('a/priority')], features: { serviceTier: 'fast' } },
    ['a/priority', 'a'],
    ['a/flex: service_tier'],
  ],
  [
    ':nitro admits the priority tier',
    { endpoints: [makeEndpoint('a'), flex('a/flex'), priority('a/priority')], variants: ['nitro'] },
    ['a', 'a/priority'],
    ['a/flex: service_tier'],
  ],
  [
    ':floor admits the flex tier',
    { endpoints: [makeEndpoint('a'), flex('a/flex'), priority('a/priority')], variants: ['floor'] },
    ['a', 'a/flex'],
    ['a/priority: service_tier'],
  ],
  [
    'service_tier default takes the tier away from :floor',
    { endpoints: [makeEndpoint('a'), flex('a/flex')], variants: ['floor'], features: { serviceTier: 'default' } },
    ['a'],
    ['a/flex: service_tier'],
  ],
  [
    'an order takes the tier away from :nitro, unless it names it',
    {
      endpoints: [makeEndpoint('a'), priority('a/priority'), priority('b/priority')],
      variants: ['nitro'],
      preferences: { order: ['b/priority'] },
    },
    ['a', 'b/priority'],
    ['a/priority: service_tier'],
  ],
  [
    'a bundled model is never a fallback',
    {
      models: [
        makeModel([makeEndpoint('a')]),
        makeModel([makeEndpoint('own', { modelId: 'trunkline/mini' })], { isBundled: true }),
      ],
    },
    ['a'],
    ['own: bundled'],
  ],
  [
    'a bundled model answers to its own slug',
    { models: [makeModel([makeEndpoint('own', { modelId: 'trunkline/mini' })], { isBundled: true })] },
    ['own'],
    [],
  ],
];

test.each(rows)('%s', (_, world, passes, refused) => {
  const plan = planRoute(makeInputs(world));
  expect([...tags(plan)].sort()).toEqual([...passes].sort());
  expect(refusals(plan)).toEqual([...refused]);
});

test('an endpoint is refused by the first filter that would', () => {
  const everythingWrong = makeEndpoint('a', { status: 'retired', contextTokensMax: 1, trainsOnPrompts: true });
  const plan = planRoute(
    makeInputs({ endpoints: [everythingWrong], preferences: { dataCollection: 'deny' }, connected: new Set() }),
  );
  expect(refusals(plan)).toEqual(['a: retired']);
});

test('an empty list in a preference is no list', () => {
  const plan = planRoute(
    makeInputs({ endpoints: [makeEndpoint('a')], preferences: { only: [], order: [], quantizations: [] } }),
  );
  expect(tags(plan)).toEqual(['a']);
});

function flex(tag: string) {
  return makeEndpoint(tag, { serviceTier: 'flex' });
}

function priority(tag: string) {
  return makeEndpoint(tag, { serviceTier: 'priority' });
}

function without(field: 'trainsOnPrompts' | 'zeroDataRetention', tag: string) {
  const { [field]: _, ...rest } = makeEndpoint(tag);
  return rest;
}
