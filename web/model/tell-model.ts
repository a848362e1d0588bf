import type { ModelEndpoints, ModelListing } from '../../src/contract/model.ts';
import { markdownTable, plain } from '../text/markdown.ts';
import { compareDecimals, exact, multiply, pricePerMillion } from '../text/numbers.ts';
import { collectOffers, isRetired, type Offer, priceOf, STATUS_WORDS } from './model-facts.ts';
import { writeSample } from './write-samples.ts';

/** A model for programs that read pages: search engines (schema.org) and language models (Markdown). */

export interface Told {
  readonly model: ModelListing;
  readonly endpoints: ModelEndpoints | undefined;
}

const MILLION = 1_000_000;

/** A product with the offers of its providers, per million tokens in. Without a current offer there is none. */
export function modelAsProduct({ model, endpoints }: Told, url: string): Readonly<Record<string, unknown>> {
  const prices = offersOf(endpoints)
    .filter((offer) => !isRetired(offer))
    .flatMap(({ listing }) => priceOf(listing, 'prompt') ?? [])
    .sort(compareDecimals);
  return {
    '@context': 'https://schema.org',
    '@type': 'Product',
    name: model.name,
    sku: model.id,
    description: model.description,
    url,
    category: 'Language model',
    brand: { '@type': 'Brand', name: model.id.split('/')[0] },
    ...(prices.length > 0 && {
      offers: {
        '@type': 'AggregateOffer',
        priceCurrency: 'USD',
        lowPrice: multiply(prices[0]!, MILLION),
        highPrice: multiply(prices.at(-1)!, MILLION),
        offerCount: prices.length,
        description: 'US dollars per million tokens of the prompt',
      },
    }),
  };
}

/** The page's facts: what it is, who serves it at which price, and how it is called here. */
export function modelAsMarkdown({ model, endpoints }: Told, address: string): string {
  const { architecture } = model;
  const facts = [
    `- Id: \`${model.id}\``,
    `- Created: ${new Date(model.created * 1000).toISOString().slice(0, 10)}`,
    `- Context: ${exact(model.context_length)} tokens`,
    `- Takes: ${architecture.input_modalities.join(', ')}; gives: ${architecture.output_modalities.join(', ')}`,
    ...(model.knowledge_cutoff ? [`- Knowledge until: ${model.knowledge_cutoff}`] : []),
    ...(model.expiration_date ? [`- Ends: ${model.expiration_date}`] : []),
    `- Parameters: ${model.supported_parameters.map((name) => `\`${name}\``).join(', ') || 'none stated'}`,
  ];
  const offers = offersOf(endpoints);
  const rows = offers.map((offer) => {
    const { listing } = offer;
    return [
      plain(listing.provider_name),
      `\`${listing.tag.replaceAll('`', '')}\``,
      STATUS_WORDS[listing.status],
      exact(listing.context_length),
      exact(listing.max_completion_tokens),
      pricePerMillion(priceOf(listing, 'prompt')),
      pricePerMillion(priceOf(listing, 'completion')),
      plain(listing.quantization),
    ];
  });
  const head = ['Provider', 'Tag', 'State', 'Context', 'Most out', 'In, per 1M', 'Out, per 1M', 'Precision'];
  const sample = { address, model: model.id, streams: false, tools: false, image: false, schema: false, provider: '' };
  return [
    `# ${plain(model.name)}`,
    plain(model.description),
    facts.join('\n'),
    '## Providers',
    rows.length > 0 ? markdownTable(head, rows) : 'No provider of this installation’s catalogue serves it.',
    '## Call it',
    `\`\`\`sh\n${writeSample('curl', sample)}\n\`\`\``,
    `All facts as JSON: ${address}/api/v1/models/${model.id}/endpoints`,
  ].join('\n\n');
}

function offersOf(endpoints: ModelEndpoints | undefined): readonly Offer[] {
  return collectOffers({ endpoints: endpoints?.endpoints ?? [] });
}
