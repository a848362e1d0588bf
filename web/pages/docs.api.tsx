import { useApi } from '../api/use-api.ts';
import { useBoot } from '../boot-context.tsx';
import { type ApiDocument, listOperations, type ShownField, type ShownOperation } from '../docs/api-document.ts';
import { sampleOf } from '../docs/write-call.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Link } from '../parts/link.tsx';
import { ScrollBox } from '../parts/scroll-box.tsx';
import { Answered } from '../parts/states.tsx';
import { useUrlState } from '../parts/use-url-state.ts';
import { markdownTable, plain } from '../text/markdown.ts';
import { counted } from '../text/numbers.ts';
import type { Page, TwinCall } from './page.ts';

const DOCUMENT = '/api/v1/openapi.json';
const LANGUAGES = ['curl', 'Python', 'TypeScript'] as const;

function Reference() {
  const { address } = useBoot();
  const query = useApi<ApiDocument>(DOCUMENT);
  return (
    <div className="mx-auto max-w-[64rem] px-4 py-8">
      <h1 className="text-2xl font-semibold">API reference</h1>
      <p className="mt-1 max-w-prose text-soft">
        What this installation answers, from its own description at{' '}
        <a className="prose-link break-all" href={`${address}${DOCUMENT}`}>
          {address}
          {DOCUMENT}
        </a>
        .{' '}
        <Link className="prose-link" to="/docs">
          Docs
        </Link>
      </p>
      <Answered query={query} what="the description of the API" height="h-[40rem]">
        {(document) => <Operations document={document} />}
      </Answered>
    </div>
  );
}

function Operations({ document }: { readonly document: ApiDocument }) {
  const [search, change] = useUrlState();
  const text = (search.get('q') ?? '').toLowerCase();
  const language = LANGUAGES.find((one) => one === search.get('lang')) ?? 'curl';
  const found = listOperations(document).filter((one) =>
    `${one.method} ${one.path} ${one.summary}`.toLowerCase().includes(text),
  );
  const tags = [...new Set(found.map(({ tag }) => tag))];
  return (
    <>
      <div className="mt-6 flex flex-wrap gap-3">
        <label className="min-w-48 flex-1">
          <span className="sr-only">Filter operations</span>
          <input
            type="search"
            data-search=""
            value={search.get('q') ?? ''}
            onChange={(event) => change({ q: event.target.value })}
            placeholder="Filter by path or words"
            className="min-h-9 w-full rounded-md border border-line-strong bg-surface px-3 text-sm pointer-coarse:min-h-11"
          />
        </label>
        <label>
          <span className="sr-only">Language of the samples</span>
          <select
            value={language}
            onChange={(event) => change({ lang: event.target.value })}
            className="min-h-9 rounded-md border border-line-strong bg-surface px-2 text-sm pointer-coarse:min-h-11"
          >
            {LANGUAGES.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </div>
      {found.length === 0 && <p className="mt-6 text-soft">No operation has these words.</p>}
      {tags.map((tag) => (
        <section key={tag} aria-label={tag} className="mt-10">
          <h2 className="border-b border-line-strong pb-1.5 text-lg font-semibold">{tag}</h2>
          {found
            .filter((one) => one.tag === tag)
            .map((one) => (
              <OperationEntry key={`${one.method} ${one.path}`} operation={one} language={language} />
            ))}
        </section>
      ))}
    </>
  );
}

function OperationEntry(props: { readonly operation: ShownOperation; readonly language: (typeof LANGUAGES)[number] }) {
  const { operation, language } = props;
  const { address } = useBoot();
  const { method, path, summary, description, parameters } = operation;
  const sample = sampleOf(operation, language, address);
  return (
    <details className="border-b border-line py-2">
      <summary className="flex min-h-8 flex-wrap items-baseline gap-x-3">
        <span className="w-14 font-mono text-xs font-semibold">{method}</span>
        <code className="font-mono text-sm">{path}</code>
        <span className="text-sm text-soft">{summary}</span>
      </summary>
      <div className="py-2 text-sm sm:pl-17">
        <p>{description}</p>
        {parameters.length > 0 && (
          <dl className="mt-2">
            {parameters.map(({ name, where, isRequired, type, fields }) => (
              <div key={`${where} ${name}`} className="flex flex-wrap gap-x-3 border-t border-line py-1">
                <dt className="font-mono text-xs leading-5">{name}</dt>
                <dd className="text-soft">
                  {type}, in the {where}
                  {isRequired && ', required'}
                </dd>
                {fields && <FieldsWithin name={name} fields={fields} />}
              </div>
            ))}
          </dl>
        )}
        <p className="mt-2 text-soft">
          An error is <code className="font-mono text-xs">{'{"error": {"code", "message", "metadata"}}'}</code> with its
          status.
        </p>
        <ScrollBox label="Code" className="mt-2 rounded-md bg-raised p-3 font-mono text-xs">
          <pre>{sample}</pre>
        </ScrollBox>
        <CopyButton kind="quiet" text={sample} label="Copy" />
      </div>
    </details>
  );
}

function FieldsWithin({ name, fields }: { readonly name: string; readonly fields: readonly ShownField[] }) {
  return (
    <dd className="basis-full">
      <details>
        <summary className="min-h-6 text-soft">
          {counted(fields.length, 'field')}
          <span className="sr-only"> of {name}</span>
        </summary>
        <ul className="mb-1 ml-4 border-l-2 border-line pl-3">
          {fields.map((field) => (
            <li key={field.name} className="flex flex-wrap gap-x-3 py-0.5">
              <code className="font-mono text-xs leading-5">{field.name}</code>
              <span className="text-soft">
                {field.type}
                {field.isRequired && ', required'}
              </span>
            </li>
          ))}
        </ul>
      </details>
    </dd>
  );
}

function referenceAsMarkdown({ address, read }: TwinCall): string | undefined {
  const document = read<ApiDocument>(DOCUMENT);
  if (!document) return undefined;
  const operations = listOperations(document).map(({ method, path, summary, description, parameters }) =>
    [
      `## ${method.toUpperCase()} ${plain(path)}`,
      plain(summary),
      ...(description === '' || description === summary ? [] : [plain(description)]),
      ...(parameters.length === 0
        ? []
        : [
            markdownTable(
              ['Parameter', 'Where', 'Type', 'Required'],
              parameters.map(({ name, where, type, isRequired }) => [
                plain(name),
                where,
                plain(type),
                isRequired ? 'yes' : 'no',
              ]),
            ),
          ]),
    ].join('\n\n'),
  );
  return ['# API reference', `Below ${address}. As OpenAPI: ${address}${DOCUMENT}`, ...operations].join('\n\n');
}

const page: Page = {
  title: () => 'API reference',
  description: () => 'Every operation of this installation with parameters, errors and samples.',
  preload: () => [DOCUMENT],
  isPublic: true,
  twin: { markdown: (call) => referenceAsMarkdown(call) },
  Component: Reference,
};
export default page;
