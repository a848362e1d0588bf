import type { GenerationDetail } from '../../src/contract/generation-log.ts';
import { Block } from '../console/block.tsx';
import { Link } from '../parts/link.tsx';
import { exactTime } from '../text/dates.ts';
import { exact } from '../text/numbers.ts';
import { requestPreferences } from './replay-request.ts';

/** What the request was like, and what is kept of who sent it. */
export function RequestFacts({ detail }: { readonly detail: GenerationDetail }) {
  const { route } = detail;
  const preferences = route ? requestPreferences(route.preferences) : {};
  const facts: readonly (readonly [string, string])[] = [
    ['Asked for', route && route.models.length > 1 ? route.models.join(', then ') : detail.requested_model],
    ['Format', `${detail.wire_format}, ${detail.streamed ? 'streamed' : 'in one piece'}`],
    ['Parameters', route && route.parameters.length > 0 ? route.parameters.join(', ') : 'none'],
    ['Preferences', Object.keys(preferences).length > 0 ? JSON.stringify(preferences) : 'none'],
    ['Said by', tellSaid(route?.said_by ?? [])],
    ['Preset', route?.preset ? `${route.preset.slug}, version ${route.preset.version}` : 'none'],
    [
      'Output allowed',
      route?.output_tokens_max ? `${exact(route.output_tokens_max)} tokens` : 'as much as the endpoint allows',
    ],
    [
      'Finish reason',
      `${detail.finish_reason ?? '—'}${detail.native_finish_reason ? ` (${detail.native_finish_reason})` : ''}`,
    ],
    ['Service tier', detail.service_tier ?? 'not asked for'],
    ['Client', detail.user_agent ?? 'did not say'],
    ['User of the app', detail.external_user ?? 'not said'],
    ['Request id', detail.request_id],
    ['Provider’s id', detail.upstream_id ?? '—'],
    ['Policy', route ? `${route.policy}, seed ${route.seed}, catalogue ${route.catalogue_version}` : '—'],
    ['Decided', exactTime(route?.decided_at)],
  ];
  return (
    <Block title="Request">
      <dl className="grid gap-x-6 text-sm sm:grid-cols-[10rem_1fr]">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="pt-1.5 text-soft">{name}</dt>
            <dd className="border-line pb-1.5 sm:border-b sm:pt-1.5">
              <bdi>{value}</bdi>
            </dd>
          </div>
        ))}
      </dl>
    </Block>
  );
}

/** Who had a say in the preferences, the nearest to the request first. */
function tellSaid(said: NonNullable<GenerationDetail['route']>['said_by']): string {
  if (said.length === 0) return 'nobody';
  return said
    .map(
      ({ from, version, fields }) => `${from}${version === null ? '' : `, version ${version}`}: ${fields.join(', ')}`,
    )
    .join('; then ');
}

/** What translation between formats could not carry over, and what plugins did. */
export function Changes({ losses, plugins }: Pick<GenerationDetail, 'losses' | 'plugins'>) {
  if (losses.length === 0 && plugins.length === 0) return null;
  return (
    <Block title="Changed on the way">
      <ul className="space-y-1.5 text-sm">
        {losses.map(({ field, outcome, reason }) => (
          <li key={`loss ${String(field)}`}>
            <code className="font-mono text-xs">{String(field)}</code>{' '}
            <span className="font-medium">{String(outcome)}</span>: <bdi>{String(reason)}</bdi>
          </li>
        ))}
        {plugins.map(({ id, summary }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a plugin may have acted twice, in this order
          <li key={`plugin ${index}`}>
            Plugin <code className="font-mono text-xs">{String(id)}</code>: <bdi>{String(summary)}</bdi>
          </li>
        ))}
      </ul>
    </Block>
  );
}

/** Ways to what is near: the log, filtered. */
export function Related({ detail }: { readonly detail: GenerationDetail }) {
  const links: readonly (readonly [string, string])[] = [
    ...(detail.session ? ([['Same session', `session:${quote(detail.session)}`]] as const) : []),
    ['Same key', `key:${detail.key}`],
    ['Same model', `model:${detail.model ?? detail.requested_model}`],
    ...(detail.provider ? ([['Same provider', `provider:${detail.provider}`]] as const) : []),
    ...(detail.app ? ([['Same app', `app:${detail.app.slug}`]] as const) : []),
  ];
  return (
    <Block title="Related">
      <ul className="flex flex-wrap gap-x-5 gap-y-2 text-sm">
        {links.map(([name, filter]) => (
          <li key={name}>
            <Link className="prose-link" to={`/generations?q=${encodeURIComponent(filter)}`}>
              {name}
            </Link>
          </li>
        ))}
        {detail.model && (
          <li>
            <Link className="prose-link" to={`/${detail.model}`}>
              Page of the model
            </Link>
          </li>
        )}
      </ul>
    </Block>
  );
}

function quote(text: string): string {
  return /[\s"]/.test(text) ? `"${text.replaceAll('"', '')}"` : text;
}
