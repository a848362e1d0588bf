import { useClaim } from './claim.ts';
import { HOME_STYLE } from './home-style.ts';
import { html, htmlPage } from './html.ts';
import { openSession, type PeopleParts } from './people-parts.ts';
import type { Route } from './route.ts';
import { expectOurPage, sessionCookie } from './session-cookie.ts';

/** `GET /claim` turns the printed link into a session of the owner; `POST /sign-out` ends a session from a page without scripts. */
export function claimRoutes(parts: PeopleParts): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/home.css',
      audience: 'public',
      answer: () => new Response(HOME_STYLE, { headers: STYLE_HEADERS }),
    },
    {
      method: 'GET',
      path: '/claim',
      audience: 'public',
      action: 'session.claim',
      async answer(call) {
        // A HEAD request, as previews of links send, must not use the token up.
        if (call.request.method !== 'GET') return new Response(undefined, { status: 405, headers: { allow: 'GET' } });
        if (!(await useClaim(parts, (call.query.get('token') ?? '').slice(0, 256)))) return refusal(parts.base);
        const { cookie } = await openSession(parts, call, await parts.book.getOwner(), 'claim');
        return goTo(`${parts.base}/setup`, cookie);
      },
    },
    {
      method: 'POST',
      path: '/sign-out',
      audience: 'public',
      action: 'session.end',
      async answer({ request, caller }) {
        expectOurPage(request);
        if (caller?.session) await parts.book.close([caller.session.hash]);
        return goTo(`${parts.base}/`, sessionCookie(request, ''));
      },
    },
  ];
}

const STYLE_HEADERS = { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' } as const;

function goTo(location: string, cookie: string): Response {
  const headers = { location, 'set-cookie': cookie, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' };
  return new Response(undefined, { status: 303, headers });
}

function refusal(base: string): Response {
  const body = html`<main>
<h1>This sign-in link does not work</h1>
<p>It was used already, is older than 30 minutes, or was replaced by a newer one. Each link signs in once.</p>
<h2>Get a new link</h2>
<p>Run <code>npx trunkline claim</code> where the server runs, with the same data folder, and open the link it prints.</p>
<p><a href="${base}/">Back to the first page</a></p>
</main>`;
  return htmlPage({ title: 'This sign-in link does not work · Trunkline', body, base }, 403);
}
