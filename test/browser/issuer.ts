/** A small OpenID provider that signs in whoever presses its button, and that can be told to lie in one respect. */

const CLIENT_ID = 'trunkline-here';
const CLIENT_SECRET = 'issuer: secret, of 100 %';

/** What is wrong with the next sign-in. */
export type Lie = 'none' | 'state' | 'nonce' | 'signature' | 'audience' | 'issuer' | 'expired' | 'declined';

export interface Issuer {
  readonly address: string;
  /** Lines for `trunkline.toml`. */
  readonly config: string;
  /** Of the person who presses the button. */
  person: { readonly sub: string; readonly name: string; readonly email: string };
  lie: Lie;
  close(): void;
}

interface Asked {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirectUri: string;
}

const RS256 = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;

const makePair = () =>
  crypto.subtle.generateKey({ ...RS256, modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) }, true, [
    ...(['sign', 'verify'] as const),
  ]);

export async function openIssuer(): Promise<Issuer> {
  const [own, stranger] = await Promise.all([makePair(), makePair()]);
  const jwk = { ...(await crypto.subtle.exportKey('jwk', own.publicKey)), kid: 'key-1', use: 'sig', alg: 'RS256' };
  const codes = new Map<string, Asked>();

  /** The browser's stop: a page with one button, as somebody who has signed in there before sees it. */
  const authorize = ({ searchParams }: URL): Response => {
    const isOurs = searchParams.get('client_id') === CLIENT_ID && searchParams.get('code_challenge_method') === 'S256';
    if (!isOurs) return new Response('unknown client', { status: 400 });
    const code = crypto.randomUUID();
    const redirectUri = searchParams.get('redirect_uri')!;
    codes.set(code, {
      ...{ nonce: searchParams.get('nonce')!, challenge: searchParams.get('code_challenge')! },
      redirectUri,
    });
    const back = new URL(redirectUri);
    const state = searchParams.get('state')!;
    back.searchParams.set('state', issuer.lie === 'state' ? `${state.slice(0, -1)}_` : state);
    if (issuer.lie === 'declined') back.searchParams.set('error', 'access_denied');
    else back.searchParams.set('code', code);
    const link = back.href.replaceAll('&', '&amp;');
    return new Response(
      `<!doctype html><title>Issuer</title><link rel="icon" href="data:,"><h1>Issuer</h1><a href="${link}">Go on as me</a>`,
      {
        headers: { 'content-type': 'text/html' },
      },
    );
  };

  /** The server's stop: the code once, with the secret in the header and with what PKCE asks for. */
  const token = async (request: Request): Promise<Response> => {
    const body = new URLSearchParams(await request.text());
    const secret = Buffer.from(request.headers.get('authorization')?.slice('Basic '.length) ?? '', 'base64').toString();
    const [id, word] = secret.split(':').map((part) => decodeURIComponent(part.replaceAll('+', ' ')));
    if (id !== CLIENT_ID || word !== CLIENT_SECRET) return Response.json({ error: 'invalid_client' }, { status: 401 });
    const asked = codes.get(body.get('code') ?? '');
    codes.delete(body.get('code') ?? '');
    const challenge = new Bun.CryptoHasher('sha256').update(body.get('code_verifier') ?? '').digest('base64url');
    if (!asked || asked.challenge !== challenge || asked.redirectUri !== body.get('redirect_uri'))
      return Response.json({ error: 'invalid_grant' }, { status: 400 });
    const idToken = await sign(issuer.lie === 'signature' ? stranger : own, claimsOf(asked));
    return Response.json({ access_token: 'x', token_type: 'Bearer', id_token: idToken });
  };

  const claimsOf = ({ nonce }: Asked) => {
    const now = Math.floor(Date.now() / 1000);
    const { lie, person, address } = issuer;
    return {
      ...{ ...person, email_verified: true, iat: now - 10 },
      iss: lie === 'issuer' ? 'http://elsewhere.test' : address,
      aud: lie === 'audience' ? 'somebody-else' : CLIENT_ID,
      nonce: lie === 'nonce' ? 'of-another-sign-in' : nonce,
      exp: lie === 'expired' ? now - 3_600 : now + 300,
    };
  };

  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      const url = new URL(request.url);
      if (url.pathname === '/authorize') return authorize(url);
      if (url.pathname === '/token') return token(request);
      if (url.pathname === '/keys') return Response.json({ keys: [jwk] });
      if (url.pathname !== '/.well-known/openid-configuration') return new Response('', { status: 404 });
      return Response.json({
        ...{ issuer: issuer.address, authorization_endpoint: `${issuer.address}/authorize` },
        ...{ token_endpoint: `${issuer.address}/token`, jwks_uri: `${issuer.address}/keys` },
        ...{ response_types_supported: ['code'], subject_types_supported: ['public'] },
        id_token_signing_alg_values_supported: ['RS256'],
      });
    },
  });
  const address = `http://127.0.0.1:${server.port}`;
  const issuer: Issuer = {
    ...{ address, lie: 'none', person: { sub: 'ada-1', name: 'Ada', email: 'Ada@issuer.test' } },
    config: [
      ...['[sign_in.oidc]', `issuer = "${address}"`, `client_id = "${CLIENT_ID}"`],
      ...[`client_secret = "${CLIENT_SECRET}"`, 'label = "Sign in with Issuer"', 'new_people = "viewer"'],
      ...['allow_private_network = true', ''],
    ].join('\n'),
    close: () => void server.stop(true),
  };
  return issuer;
}

async function sign({ privateKey }: CryptoKeyPair, claims: object): Promise<string> {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg: 'RS256', kid: 'key-1', typ: 'JWT' })}.${encode(claims)}`;
  const signature = await crypto.subtle.sign(RS256, privateKey, new TextEncoder().encode(text));
  return `${text}.${Buffer.from(signature).toString('base64url')}`;
}
