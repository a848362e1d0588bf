import { formatUsd } from '../base/money.ts';
import type { Endpoint } from '../catalog/endpoint.ts';
import type { Model } from '../catalog/model.ts';
import { endpointTable } from './endpoint-table.ts';
import { ENGINE_SCRIPT } from './engine-files.ts';
import type { Exchange } from './exchange.ts';
import { findModel } from './find-model.ts';
import { type Html, html, htmlPage } from './html.ts';
import { printVerification } from './print-verification.ts';
import type { Route } from './route.ts';

/** Two segments that are no part of the API: `author/name`, as OpenRouter addresses its models' pages. */
const PATH = '/:author{(?!(?:api|v1|v1beta|health|engine)$)[a-z0-9~][a-z0-9._~-]*}/:slug{[a-z0-9][A-Za-z0-9._:-]*}';

/** A page for each model: what it is, who offers it at what price, how to call it, and, for the bundled one, the model itself. */
export function modelPageRoutes(exchange: Exchange): readonly Route[] {
  return [
    {
      method: 'GET',
      path: PATH,
      audience: 'public',
      answer: ({ request, params }) => showModel(exchange, new URL(request.url).origin, params),
    },
  ];
}

/** The engine is compiled from WebAssembly and works in a worker of our own; nothing comes from elsewhere. */
const ENGINE_POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data: blob:; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; " +
  "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

function showModel(exchange: Exchange, origin: string, params: Readonly<Record<string, string>>): Response {
  const { model, endpoints } = findModel(exchange, params);
  const isBundled = model.isBundled === true;
  const body = html`<header><p><a href="/">Trunkline</a></p><h1>${model.name}</h1><p><code>${model.id}</code></p></header>
<main>
${aboutSection(exchange, model, endpoints)}
${isBundled && runSection()}
${providerSection(exchange, endpoints)}
${sampleSection(model, `${origin}/api/v1`)}
</main>
<footer><p>Version ${exchange.version} · <a href="/api/v1/models/${model.id}/endpoints">as JSON</a></p></footer>`;
  const page = { title: `${model.name} · Trunkline`, body };
  if (!isBundled) return htmlPage(page);
  return htmlPage({ ...page, script: ENGINE_SCRIPT }, 200, { 'content-security-policy': ENGINE_POLICY });
}

function aboutSection(exchange: Exchange, model: Model, endpoints: readonly Endpoint[]): Html {
  const active = endpoints.filter(({ status }) => status === 'active');
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Author', model.author],
    ['Created', model.created === undefined ? undefined : new Date(model.created * 1000).toISOString().slice(0, 10)],
    ['Reads', model.inputModalities.join(', ')],
    [
      'Context',
      range(
        active.map(({ contextTokensMax }) => contextTokensMax),
        (tokens) => tokens.toLocaleString('en'),
      ),
    ],
    ['Price', priceOf(active)],
    ['Licence', model.license],
    ['In an engine of yours', verificationOf(exchange, model)],
  ];
  const rows = facts.filter((fact) => fact[1] !== undefined && fact[1] !== '');
  return html`<section aria-labelledby="about"><h2 id="about">About</h2>
${model.description !== undefined && html`<p>${model.description}</p>`}
<dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></section>`;
}

/** Only weights that anybody may run can be checked here. */
function verificationOf(exchange: Exchange, model: Model): string | undefined {
  const runs = exchange.verifications(model.id);
  if (model.isBundled || (!model.openWeights && runs.length === 0)) return undefined;
  return printVerification(model.id, runs, false).summary;
}

function priceOf(endpoints: readonly Endpoint[]): string | undefined {
  const perMillion = (pick: (endpoint: Endpoint) => bigint): string | undefined =>
    range(endpoints.map(pick), (pico: bigint) => `$${formatUsd(pico * 1_000_000n)}`);
  const prompt = perMillion(({ price }) => price.prompt);
  return prompt && `${prompt} in, ${perMillion(({ price }) => price.completion)} out, per million tokens`;
}

/** `8 to 12`, or the one value that all have. */
function range<T extends number | bigint>(values: readonly T[], print: (value: T) => string): string | undefined {
  let [least] = values;
  let most = least;
  for (const value of values) {
    if (least === undefined || value < least) least = value;
    if (most === undefined || value > most) most = value;
  }
  if (least === undefined || most === undefined) return undefined;
  return least === most ? print(least) : `${print(least)} to ${print(most)}`;
}

function runSection(): Html {
  return html`<section aria-labelledby="run"><h2 id="run">Run it in this page</h2>
<p>The same engine and the same weights as in the server, inside your browser: nothing that you write leaves it.</p>
<form id="mini"><label for="question">Question</label>
<textarea id="question" name="question" maxlength="2000" required>What are you?</textarea>
<label for="picture">Picture, if you like: one coloured shape on a plain ground</label>
<input id="picture" name="picture" type="file" accept="image/png,image/jpeg,image/webp,image/gif">
<div class="row"><button type="submit" disabled>Run</button><button type="button" id="stop" disabled>Stop</button>
<span id="state" class="soft" role="status">This needs JavaScript.</span></div>
<label for="answer">Answer</label><output id="answer" for="question" aria-live="polite"></output></form></section>`;
}

function providerSection(exchange: Exchange, endpoints: readonly Endpoint[]): Html {
  const providers = new Map(exchange.providers().map((provider) => [provider.id, provider]));
  return html`<section aria-labelledby="providers"><h2 id="providers">Providers</h2>
<p>${endpoints.length} ${endpoints.length === 1 ? 'endpoint' : 'endpoints'}. Dollars per million tokens.</p>
${endpointTable('Providers', endpoints, providers)}</section>`;
}

function sampleSection(model: Model, address: string): Html {
  return html`<section aria-labelledby="sample"><h2 id="sample">Call it</h2>
<pre tabindex="0" aria-label="Request with curl"><code>curl ${address}/chat/completions \\
  -H "Authorization: Bearer $TRUNKLINE_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model.id}", "messages": [{"role": "user", "content": "Hello"}]}'</code></pre>
<pre tabindex="0" aria-label="Request in Python"><code>from openai import OpenAI

client = OpenAI(base_url="${address}", api_key=TRUNKLINE_KEY)
answer = client.chat.completions.create(
    model="${model.id}",
    messages=[{"role": "user", "content": "Hello"}],
)
print(answer.choices[0].message.content)</code></pre></section>`;
}
