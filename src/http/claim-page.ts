import { closeSession, openSession, type SignIn, sessionCookie } from './claim.ts';
import { HOME_STYLE } from './home-style.ts';
import { html, htmlPage } from './html.ts';
import type { Route } from './route.ts';

/** `GET /claim` turns a link into a session; `POST /sign-out` ends it. */
export function claimRoutes(signIn: SignIn): readonly Route[] {
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
      async answer({ request, query }) {
        // A HEAD request, as previews of links send, must not use the token up.
        if (request.method !== 'GET') return new Response(undefined, { status: 405, headers: { allow: 'GET' } });
        const id = await openSession(signIn, (query.get('token') ?? '').slice(0, 256));
        return id === undefined ? refusal() : goHome(sessionCookie(request, id));
      },
    },
    {
      method: 'POST',
      path: '/sign-out',
      audience: 'public',
      async answer({ request }) {
        if (!isFromOurPage(request)) return new Response('Only a page of this server may sign out.\n', { status: 403 });
        await closeSession(signIn, request);
        return goHome(sessionCookie(request, ''));
      },
    },
  ];
}

const STYLE_HEADERS = { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'max-age=300' } as const;

function goHome(cookie: string): Response {
  const headers = {
    location: '/',
    'set-cookie': cookie,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
  };
  return new Response(undefined, { status: 303, headers });
}

/** Browsers say where a request comes from; other clients have no cookie that could be misused. */
function isFromOurPage(request: Request): boolean {
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin';
  const origin = request.headers.get('origin');
  return origin === null || origin === new URL(request.url).origin;
}

function refusal(): Response {
  const body = html`<main class="narrow">
<h1>This sign-in link does not work</h1>
<p>It was used already, is older than 30 minutes, or was replaced by a newer one. Each link signs in once.</p>
<h2>Get a new link</h2>
<p>As long as nobody has signed in, every start of <code>trunkline serve</code> prints a new link.
Stop the server with Ctrl-C, start it again, and open the link of the line <code>Admin</code>.</p>
<p><a href="/">Back to the first page</a></p>
</main>`;
  return htmlPage({ title: 'This sign-in link does not work · Trunkline', body }, 403);
}
