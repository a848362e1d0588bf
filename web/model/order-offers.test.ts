import { expect, test } from 'bun:test';
import type { EndpointListing } from '../../src/contract/model.ts';
import { collectOffers, type Offer, priceRange } from './model-facts.ts';
import { costFor, type Ordering, orderOffers } from './order-offers.ts';

function listing(tag: string, prompt: string, changes: Partial<EndpointListing> = {}): EndpointListing {
  const base: EndpointListing = {
    ...{ name: tag, model_id: 'demo/talker', model_name: 'Talker', context_length: 8_192, provider_name: tag, tag },
    ...{ pricing: { prompt, completion: prompt }, quantization: 'unknown', max_completion_tokens: null },
    ...{ max_prompt_tokens: null, supported_parameters: [], status: 0, supports_implicit_caching: false },
    supports_tool_choice: { auto: false, none: false, required: false, function: false },
    ...{ uptime_last_5m: null, uptime_last_30m: null, uptime_last_1d: null },
    ...{ latency_last_30m: null, throughput_last_30m: null },
  };
  return { ...base, ...changes };
}

const shares = (endpoints: readonly EndpointListing[], ordering: Ordering = 'balanced') =>
  orderOffers(collectOffers({ endpoints }), ordering).map(({ offer, share }) => [
    offer.listing.tag,
    share && Math.round(share * 1_000) / 1_000,
  ]);

test('half the price is four times as likely, whatever the order of the list', () => {
  expect(shares([listing('dear', '0.000002'), listing('cheap', '0.000001')])).toEqual([
    ['cheap', 0.8],
    ['dear', 0.2],
  ]);
});

test('free ones share everything between them', () => {
  expect(shares([listing('a', '0'), listing('b', '0.000001'), listing('c', '0')])).toEqual([
    ['a', 0.5],
    ['c', 0.5],
    ['b', 0],
  ]);
});

test('a retired one comes last and has no share, however cheap', () => {
  const gone = listing('gone', '0.0000001', { status: -10 });
  expect(shares([gone, listing('there', '0.000001')], 'price')).toEqual([
    ['there', 1],
    ['gone', undefined],
  ]);
});

test('nobody is called fastest before anything was measured', () => {
  expect(shares([listing('a', '0.000001'), listing('b', '0.000002')], 'throughput')).toEqual([
    ['a', undefined],
    ['b', undefined],
  ]);
});

test('a cost is exact, and cached tokens cost what caching costs', () => {
  const pricing = { prompt: '0.0000001', completion: '0.0000003', input_cache_read: '0.00000001' };
  expect(costFor(pricing, { promptTokens: 1_000, outputTokens: 300 })).toBe('0.00019');
  expect(costFor(pricing, { promptTokens: 1_000, outputTokens: 0, cachedTokens: 1_000 })).toBe('0.00001');
  // More cached than there are cannot be: the prompt is the most.
  expect(costFor(pricing, { promptTokens: 10, outputTokens: 0, cachedTokens: 1_000 })).toBe('0.0000001');
  expect(costFor({ request: '0.01' }, { promptTokens: 5, outputTokens: 5, requests: 3 })).toBe('0.03');
});

test('a range leaves out what is retired, and says free only for nothing', () => {
  const range = (offers: readonly Offer[]) => priceRange(offers, 'prompt');
  const offers = (...endpoints: readonly EndpointListing[]) => collectOffers({ endpoints });
  expect([
    range(offers(listing('a', '0.0000001'), listing('b', '0.0000007'), listing('c', '0.000009', { status: -10 }))),
    range(offers(listing('a', '0'), listing('b', '0.0000007'))),
    range(offers(listing('a', '0'))),
    range(offers()),
  ]).toEqual(['$0.10 to $0.70', 'free to $0.70', 'free', '—']);
});
