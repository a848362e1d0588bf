import { HOME_ACCOUNT } from '../accounts/directory.ts';
import { formatUsd } from '../base/money.ts';
import { isSignedIn, type SignIn } from './claim.ts';
import { claimRoutes } from './claim-page.ts';
import { endpointTable, table } from './endpoint-table.ts';
import type { Exchange } from './exchange.ts';
import { HOME_STYLE } from './home-style.ts';
import { type Html, html, htmlPage } from './html.ts';
import { printVerification } from './print-verification.ts';
import { readSettled, readSpending } from './read-spending.ts';
import type { Route } from './route.ts';

export interface HomeParts {
  readonly signIn: SignIn;
  readonly exchange: Exchange;
  readonly engineState: () => { readonly type: string; readonly reason?: string } | undefined;
}

const SCOUT = 'meta-llama/llama-4-scout';
const STYLE_HEADERS = { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' } as const;

/** The first page: what runs here, how to call it, and what would connect more. Without a script; the sign-in link leads to it. */
export function homeRoutes(parts: HomeParts): readonly Route[] {
  return [
    ...claimRoutes(parts.signIn),
    { method: 'GET', path: '/', audience: 'public', answer: ({ request }) => showHome(request, parts) },
    {
      method: 'GET',
      path: '/home.css',
      audience: 'public',
      answer: () => new Response(HOME_STYLE, { headers: STYLE_HEADERS }),
    },
  ];
}

async function showHome(request: Request, parts: HomeParts): Promise<Response> {
  const { exchange } = parts;
  const address = `${new URL(request.url).origin}/api/v1`;
  const signedIn = await isSignedIn(request, parts.signIn);
  const body = html`<header><h1>Trunkline</h1><p>One OpenAI-compatible address for hosted and local models.</p></header>
<main>
${callSection(address)}
${catalogSection(exchange)}
${providerSection(exchange, parts.engineState())}
${scoutSection(exchange)}
${signedIn ? await adminSection(exchange) : visitorSection()}
</main>
<footer><p>Version ${exchange.version} · <a href="/api/v1/models">models</a> · <a href="/health/ready">health</a> · <a href="/metrics">metrics</a></p></footer>`;
  return htmlPage({ title: 'Trunkline', body });
}

function callSection(address: string): Html {
  return html`<section aria-labelledby="call"><h2 id="call">Call it</h2>
<p>Base address <code>${address}</code>, with any OpenAI or OpenRouter client. <a href="/trunkline/mini"><code>trunkline/mini</code></a> runs
inside this installation: a tiny demonstration model, neither Llama nor Scout.</p>
<pre tabindex="0" aria-label="Example request"><code>curl ${address}/chat/completions \\
  -H "Authorization: Bearer $TRUNKLINE_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "trunkline/mini", "stream": true,
       "messages": [{"role": "user", "content": "What are you?"}]}'</code></pre>
<p>The first start printed a key. Another one: <code>npx trunkline keys create --name my-app</code></p></section>`;
}

function catalogSection(exchange: Exchange): Html {
  const catalog = exchange.catalog();
  const connected = new Set(exchange.providers().flatMap(({ id, connected }) => (connected ? [id] : [])));
  const callable = catalog.models.filter(({ id }) =>
    catalog.endpoints(id).some(({ providerId, status }) => status === 'active' && connected.has(providerId)),
  ).length;
  return html`<section aria-labelledby="numbers"><h2 id="numbers">Here now</h2><dl class="numbers">
<div><dt>models in the catalogue</dt><dd>${catalog.models.length}</dd></div>
<div><dt>of them answered now</dt><dd>${callable}</dd></div>
<div><dt>of ${exchange.providers().length} known providers connected</dt><dd>${connected.size}</dd></div>
<div><dt>newest source of the catalogue</dt><dd>${catalog.builtAt.slice(0, 10)}</dd></div>
</dl></section>`;
}

function providerSection(exchange: Exchange, engine: ReturnType<HomeParts['engineState']>): Html {
  const catalog = exchange.catalog();
  const connected = exchange.providers().filter((provider) => provider.connected);
  const endpoints = catalog.models.flatMap(({ id }) => catalog.endpoints(id));
  const rows = connected.map((provider) => {
    const own = endpoints.filter(({ providerId, status }) => providerId === provider.id && status === 'active');
    return html`<tr><th scope="row">${provider.name}</th><td>${own[0]?.isLocal ? 'on this machine' : 'by key'}</td><td class="n">${own.length}</td></tr>`;
  });
  const trouble =
    engine &&
    engine.type !== 'ready' &&
    html`<p>Bundled engine: ${engine.type}${engine.reason && html` (${engine.reason})`}.</p>`;
  return html`<section aria-labelledby="connected"><h2 id="connected">Connected providers</h2>
${rows.length > 0 ? table('Connected providers', ['Provider', 'Connected', 'Endpoints'], rows) : html`<p>None yet.</p>`}
${trouble}
<p>More appear without a restart: put a key such as <code>GROQ_API_KEY=…</code> into <code>.env</code> of the data folder, add a
provider to <code>trunkline.toml</code>, or start Ollama, llama-server, vLLM, SGLang or LM Studio on this machine.</p></section>`;
}

function scoutSection(exchange: Exchange): Html {
  const providers = new Map(exchange.providers().map((provider) => [provider.id, provider]));
  const resolved = exchange.catalog().find(SCOUT);
  const endpoints = resolved ? exchange.catalog().endpoints(resolved.model.id) : [];
  return html`<section aria-labelledby="scout"><h2 id="scout">Llama 4 Scout</h2>
<p><a href="/${SCOUT}"><code>${SCOUT}</code></a>, as ${endpoints.length} endpoints. Dollars per million tokens.</p>
<p>In an engine of yours: ${printVerification(SCOUT, exchange.verifications(SCOUT), false).summary}.
Ask it with <code>npx trunkline doctor scout</code>.</p>
${endpointTable('Endpoints of Llama 4 Scout', endpoints, providers)}
</section>`;
}

function visitorSection(): Html {
  return html`<section aria-labelledby="admin"><h2 id="admin">Administration</h2>
<p>Keys and credit are shown to whoever opened the administrator's link, which the start prints, and to
<code>npx trunkline keys list</code>.</p></section>`;
}

async function adminSection(exchange: Exchange): Promise<Html> {
  const keys = exchange.directory.list();
  const rows = await Promise.all(
    keys.map(async (key) => {
      const { totalPico } = await readSpending(exchange, key);
      const limit = key.limitPico === undefined ? 'none' : `$${formatUsd(key.limitPico)}`;
      const state = key.disabled ? 'disabled' : key.isManagement ? 'management' : 'inference';
      return html`<tr><th scope="row">${key.name}</th><td><code>${key.label}</code></td><td>${state}</td><td class="n">$${formatUsd(totalPico)}</td><td class="n">${limit}</td></tr>`;
    }),
  );
  const { stored, undrainedPico } = await readSettled(
    () => exchange.ledger.balance(HOME_ACCOUNT),
    () => exchange.undrainedAccountSpending(HOME_ACCOUNT),
  );
  const spentPico = stored.spentPico + undrainedPico;
  return html`<section aria-labelledby="admin"><h2 id="admin">Keys and credit</h2>
<p>$${formatUsd(stored.depositedPico - spentPico)} left of $${formatUsd(stored.depositedPico)}; $${formatUsd(spentPico)} spent.</p>
${rows.length > 0 ? table('API keys', ['Name', 'Key', 'Kind', 'Spent', 'Limit'], rows) : html`<p>No keys yet: <code>npx trunkline keys create --name my-app</code></p>`}
<form method="post" action="/sign-out"><button type="submit">Sign out</button></form></section>`;
}
