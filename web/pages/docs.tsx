import type { ReactNode } from 'react';
import { useBoot } from '../boot-context.tsx';
import { Section } from '../home/section.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Link } from '../parts/link.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import type { Page } from './page.ts';

const PARTS = [
  ['claim', 'Claim the installation'],
  ['first-request', 'First request'],
  ['sdks', 'SDKs'],
  ['providers', 'Adding providers'],
  ['engines', 'Local engines'],
  ['routing', 'Routing options'],
  ['errors', 'Errors'],
  ['privacy', 'Privacy'],
] as const;

function Docs() {
  return (
    <div className="mx-auto max-w-[90rem] gap-12 px-4 py-8 lg:grid lg:grid-cols-[13rem_minmax(0,46rem)]">
      <nav aria-label="On this page" className="mb-8 text-sm lg:sticky lg:top-20 lg:self-start">
        <ul className="flex flex-wrap gap-x-4 lg:block">
          {PARTS.map(([id, name]) => (
            <li key={id}>
              <a href={`#${id}`} className="inline-flex min-h-7 items-center no-underline hover:underline">
                {name}
              </a>
            </li>
          ))}
          <li>
            <Link to="/docs/api" className="prose-link inline-flex min-h-7 items-center">
              API reference
            </Link>
          </li>
        </ul>
      </nav>
      <div className="flex min-w-0 flex-col gap-10">
        <div>
          <h1 className="text-2xl font-semibold">Docs</h1>
          <p className="mt-1 text-soft">How this installation is called, fed and told where requests may go.</p>
        </div>
        <Start />
        <Sources />
        <Rules />
      </div>
    </div>
  );
}

function Part({ id, children }: { readonly id: (typeof PARTS)[number][0]; readonly children: ReactNode }) {
  return (
    <div id={id}>
      <Section title={PARTS.find(([one]) => one === id)?.[1]}>
        <div className="space-y-3">{children}</div>
      </Section>
    </div>
  );
}

function Code({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div>
      <ScrollBox label={label} className="rounded-md bg-raised p-3 font-mono text-xs">
        <pre>{text}</pre>
      </ScrollBox>
      <div className="mt-1">
        <CopyButton kind="quiet" text={text} label="Copy" />
      </div>
    </div>
  );
}

function Start() {
  const { address } = useBoot();
  const curl = `curl ${address}/api/v1/chat/completions \\
  -H "Authorization: Bearer $TRUNKLINE_API_KEY" -H "Content-Type: application/json" \\
  -d '{"model": "trunkline/mini", "stream": true, "messages": [{"role": "user", "content": "What are you?"}]}'`;
  const python = `import os
from openai import OpenAI

client = OpenAI(base_url="${address}/api/v1", api_key=os.environ["TRUNKLINE_API_KEY"])
answer = client.chat.completions.create(
    model="trunkline/mini", messages=[{"role": "user", "content": "What are you?"}]
)`;
  const typescript = `import OpenAI from 'openai';

const client = new OpenAI({ baseURL: '${address}/api/v1', apiKey: process.env.TRUNKLINE_API_KEY });
const answer = await client.chat.completions.create({
  model: 'trunkline/mini',
  messages: [{ role: 'user', content: 'What are you?' }],
});`;
  return (
    <>
      <Part id="claim">
        <p>
          The first start prints a link that works once, within 30 minutes. Who opens it owns the installation. A later
          start prints a new link while nobody has.
        </p>
      </Part>
      <Part id="first-request">
        <p>
          The first start also prints an API key, shown only that once.{' '}
          <code>npx trunkline keys create --name mine</code> makes another, and so does{' '}
          <Link className="prose-link" to="/keys">
            the page of keys
          </Link>
          . <code>trunkline/mini</code> is a tiny demonstration model inside the installation: it needs no provider and
          costs nothing.
        </p>
        <Code label="curl" text={curl} />
      </Part>
      <Part id="sdks">
        <p>Clients of OpenAI and OpenRouter need only another base URL.</p>
        <Code label="TypeScript" text={typescript} />
        <Code label="Python" text={python} />
        <p>
          Anthropic’s SDK takes <code className="break-all">{address}/api</code> as its base URL. Google’s speaks to{' '}
          <code>/api/v1beta</code>. OpenAI’s Responses, embeddings and reranking are answered as well, and any of these
          forms reaches any model.
        </p>
      </Part>
    </>
  );
}

function Sources() {
  return (
    <>
      <Part id="providers">
        <p>
          Set a provider’s key under the name that{' '}
          <Link className="prose-link" to="/providers">
            the list of providers
          </Link>{' '}
          shows, in the environment or in the file <code>.env</code> of the data folder. The file is read again when it
          changes. Administrators can enter keys at{' '}
          <Link className="prose-link" to="/settings/providers">
            Provider keys
          </Link>
          ; they are kept encrypted.
        </p>
        <Code label="Start with a key" text="GROQ_API_KEY=… npm start" />
        <p>A service that is not in the list is a few lines of configuration, when it speaks a form that is known:</p>
        <Code
          label="A provider in the configuration"
          text={`[[providers]]
id = "acme"
name = "Acme"
format = "openai-chat"
base_url = "https://api.acme.example/v1"
api_key = "env:ACME_KEY"

[[providers.models]]
model = "meta-llama/llama-4-scout"
upstream_model = "scout"
input_per_million = "0.08"
output_per_million = "0.30"
context = 1048576`}
        />
      </Part>
      <Part id="engines">
        <p>
          Ollama, llama-server, vLLM, SGLang and LM Studio are found on their usual ports of this machine, also when
          they start later. Their models cost nothing. Engines elsewhere are named in <code>trunkline.toml</code>:
        </p>
        <Code label="Engines elsewhere" text={'[local_engines]\naddresses = ["http://192.168.1.20:11434"]'} />
        <p>
          Your own weights are added by file, address or repository, after their header and this machine’s memory were
          looked at:
        </p>
        <Code label="Add a model" text="npx trunkline models add ./scout-Q4_K_M.gguf --mmproj ./mmproj-F16.gguf" />
      </Part>
    </>
  );
}

const OPTIONS = [
  ['order', 'providers to try first, in this order'],
  ['only, ignore', 'providers that may, or may not, serve the request'],
  ['allow_fallbacks', 'false: only the first choice is asked'],
  ['allow_continuation', 'false: a stream that breaks after content is not gone on with elsewhere'],
  ['sort', 'price, throughput or latency, instead of the balance of price and health'],
  ['max_price', 'dollars per million tokens, for prompt and completion'],
  ['quantizations', 'precisions that are accepted'],
  ['require_parameters', 'true: only endpoints that honour every parameter of the request'],
  ['data_collection', 'deny: only providers that state that they do not train on prompts'],
  ['zdr', 'true: only endpoints with zero data retention'],
] as const;

const ERRORS = [
  ['400', 'the request is wrong; error.metadata.field names the field'],
  ['401', 'no API key, or one that is not valid'],
  ['402', 'the credit or the limit of the key does not cover what the request may cost'],
  ['403', 'the key may not do this'],
  ['404', 'no such model or record, or no endpoint left after the preferences'],
  ['429', 'too many requests; Retry-After says how long to wait'],
  ['502, 503', 'providers failed, or none can take the request now'],
] as const;

function Pairs({ pairs }: { readonly pairs: readonly (readonly [string, string])[] }) {
  return (
    <dl className="text-sm">
      {pairs.map(([name, what]) => (
        <div key={name} className="grid gap-x-4 border-t border-line py-1.5 sm:grid-cols-[12rem_1fr]">
          <dt className="font-mono text-xs leading-5">{name}</dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}

function Rules() {
  return (
    <>
      <Part id="routing">
        <p>
          Among the endpoints of a model the choice falls by price and health. The field <code>provider</code> of a
          request changes it, and <code>models</code> names models to go to when the first cannot answer.
        </p>
        <Pairs pairs={OPTIONS} />
        <p>
          The page of each model shows who would serve a request, who not and why, without sending it; each{' '}
          <Link className="prose-link" to="/generations">
            generation
          </Link>{' '}
          keeps the reasons it was routed by.
        </p>
      </Part>
      <Part id="errors">
        <p>
          An error is JSON with <code>error.code</code>, <code>error.message</code> and the stable{' '}
          <code>error.metadata.error_type</code>, in the form of the API that was called. An answer that ended in an
          error costs nothing.
        </p>
        <Pairs pairs={ERRORS} />
      </Part>
      <Part id="privacy">
        <p>
          Of a request are kept: time, model, provider, tokens, cost, speed, outcome and why it was routed so. Nothing
          is sent to anybody but the provider that serves it. What a provider does with prompts is its own policy: the
          list of providers says what each states, and <code>data_collection</code> and <code>zdr</code> keep requests
          from the others. What was asked and answered is stored only where an administrator has it stored, on the page
          Privacy: sealed, for some days, without secrets and headers.
        </p>
      </Part>
    </>
  );
}

const page: Page = {
  title: () => 'Docs',
  description: () => 'First request, SDKs, providers, engines, routing, errors and privacy.',
  isPublic: true,
  Component: Docs,
};
export default page;
