/** What a model's page shows, whichever model it is. */

/** Of the table of providers, in its order. */
export const PROVIDER_COLUMNS = [
  ...['Provider', 'Share', 'Input', 'Output', 'Cache read', 'Cache write', 'Effective', 'Context', 'Max out'],
  ...['Quantisation', 'First token p50 / p90', 'Speed p50', 'Uptime 30 d', 'Parameters', 'Policy', 'Key'],
];

/** What the code in each language must say besides the address: that it is that language. */
export const SAMPLES = [
  ['curl', /^curl -N /],
  ['Python (openai)', /^from openai import OpenAI/m],
  ['TypeScript (openai)', /^import OpenAI from 'openai'/m],
  ['AI SDK', /from 'ai'/],
  ['OpenRouter SDK', /@openrouter\/sdk/],
] as const;
