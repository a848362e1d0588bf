import * as oauth from 'oauth4webapi';
import type { Role } from '../accounts/person.ts';
import type { Clock } from '../base/clock.ts';
import type { Secret } from '../base/secret.ts';
import type { Egress } from '../gateway/egress.ts';
import { Failure } from '../generation/failure.ts';

export interface OidcSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret?: Secret;
  readonly label: string;
  /** What somebody becomes who is new; undefined: only who is known already may sign in. */
  readonly newPeople?: Exclude<Role, 'owner'>;
  readonly allowPrivateNetwork: boolean;
}

/** What is remembered between leaving for the issuer and coming back. */
export interface OidcJourney {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Whom the issuer vouches for. */
export interface OidcPerson {
  /** `issuer|subject`: the only name of a person that an issuer never gives to another. */
  readonly subject: string;
  readonly name?: string;
  /** Only an address that the issuer says it has verified. */
  readonly email?: string;
}

const DISCOVERY_LASTS_MS = 3_600_000;
const TIMEOUT_MS = 10_000;

/** Sign-in by an OpenID provider: the code flow with PKCE (S256), state and nonce. Every address passes the egress rules. */
export class OidcClient {
  readonly label: string;
  readonly newPeople: OidcSettings['newPeople'];
  readonly #settings: OidcSettings;
  readonly #egress: Egress;
  readonly #clock: Clock;
  readonly #client: oauth.Client;
  #server: { readonly value: Promise<oauth.AuthorizationServer>; readonly untilMs: number } | undefined;

  constructor(settings: OidcSettings, egress: Egress, clock: Clock) {
    this.label = settings.label;
    this.newPeople = settings.newPeople;
    this.#settings = settings;
    this.#egress = egress;
    this.#clock = clock;
    this.#client = { client_id: settings.clientId };
  }

  /** Where the browser is sent, and what to remember until it comes back. */
  async begin(redirectUri: string): Promise<{ readonly url: URL; readonly journey: OidcJourney }> {
    const server = await this.#discover();
    if (server.authorization_endpoint === undefined) throw unusable('it names no address to sign in at');
    const journey: OidcJourney = {
      state: oauth.generateRandomState(),
      nonce: oauth.generateRandomNonce(),
      verifier: oauth.generateRandomCodeVerifier(),
    };
    const url = new URL(server.authorization_endpoint);
    const parameters = {
      client_id: this.#settings.clientId,
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid profile email',
      code_challenge: await oauth.calculatePKCECodeChallenge(journey.verifier),
      code_challenge_method: 'S256',
      state: journey.state,
      nonce: journey.nonce,
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return { url, journey };
  }

  /** Throws when what came back is not the answer to this journey, or not signed by the issuer. */
  async end(query: URLSearchParams, journey: OidcJourney, redirectUri: string): Promise<OidcPerson> {
    const server = await this.#discover();
    if (query.get('state') !== journey.state) throw refused('its answer belongs to another sign-in (state)');
    try {
      const answer = oauth.validateAuthResponse(server, this.#client, query, journey.state);
      const response = await oauth.authorizationCodeGrantRequest(
        ...([server, this.#client, this.#authentication(server)] as const),
        ...([answer, redirectUri, journey.verifier, this.#options()] as const),
      );
      const checks = { expectedNonce: journey.nonce, requireIdToken: true };
      const result = await oauth.processAuthorizationCodeResponse(server, this.#client, response, checks);
      await this.#checkSignature(server, response);
      return personOf(oauth.getValidatedIdTokenClaims(result));
    } catch (cause) {
      throw cause instanceof Failure ? cause : refused(reasonOf(cause), cause);
    }
  }

  /** A provider that does not say how it wants to see the secret wants it in the header: so the standard has it. */
  #authentication({ token_endpoint_auth_methods_supported: methods }: oauth.AuthorizationServer): oauth.ClientAuth {
    const secret = this.#settings.clientSecret?.reveal();
    if (secret === undefined) return oauth.None();
    const takesBody = methods?.includes('client_secret_post') && !methods.includes('client_secret_basic');
    return takesBody ? oauth.ClientSecretPost(secret) : oauth.ClientSecretBasic(secret);
  }

  async #checkSignature(server: oauth.AuthorizationServer, response: Response): Promise<void> {
    try {
      await oauth.validateApplicationLevelSignature(server, response, this.#options());
    } catch (cause) {
      throw refused('its token is not signed by a key of the provider (signature)', cause);
    }
  }

  #discover(): Promise<oauth.AuthorizationServer> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#server && this.#server.untilMs > nowMs) return this.#server.value;
    const value = this.#readDiscovery();
    this.#server = { value, untilMs: nowMs + DISCOVERY_LASTS_MS };
    // What failed is tried again by the next one who asks.
    value.catch(() => {
      this.#server = undefined;
    });
    return value;
  }

  async #readDiscovery(): Promise<oauth.AuthorizationServer> {
    try {
      const issuer = new URL(this.#settings.issuer);
      const response = await oauth.discoveryRequest(issuer, { ...this.#options(), algorithm: 'oidc' });
      return await oauth.processDiscoveryResponse(issuer, response);
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      throw new Failure('provider-unreachable', { message: 'The OpenID provider cannot be reached', cause });
    }
  }

  #options() {
    return {
      [oauth.customFetch]: (url: string, init: object) => this.#fetch(url, init),
      [oauth.allowInsecureRequests]: this.#settings.allowPrivateNetwork,
      signal: () => AbortSignal.timeout(TIMEOUT_MS),
    };
  }

  async #fetch(url: string, init: object): Promise<Response> {
    await this.#egress.check(new URL(url), this.#settings.allowPrivateNetwork);
    return fetch(url, { ...init, redirect: 'error' });
  }
}

function personOf(claims: oauth.IDToken | undefined): OidcPerson {
  if (!claims) throw unusable('it says nothing of who signed in');
  const { name, email } = claims;
  return {
    subject: `${claims.iss}|${claims.sub}`,
    ...(typeof name === 'string' &&
      name !== '' && { name: name.replace(/[\p{Cc}\p{Bidi_Control}]/gu, '').slice(0, 100) }),
    ...(typeof email === 'string' && claims.email_verified === true && { email: email.toLowerCase().slice(0, 200) }),
  };
}

/** Why a sign-in did not succeed, in our own words: the library's may hold what the provider sent. */
function reasonOf(cause: unknown): string {
  if (cause instanceof oauth.AuthorizationResponseError) {
    return cause.error === 'access_denied' ? 'it was declined there' : 'the provider answered with an error';
  }
  if (cause instanceof oauth.ResponseBodyError) return 'the provider did not take our code or our secret';
  if (!(cause instanceof oauth.OperationProcessingError)) return 'the provider could not be asked';
  if (cause.code === oauth.JWT_TIMESTAMP_CHECK) return 'its token is not valid at this time';
  const { claim } = (cause.cause ?? {}) as { readonly claim?: unknown };
  return WRONG_CLAIMS.get(claim) ?? 'its answer is not what the standard asks for';
}

const WRONG_CLAIMS: ReadonlyMap<unknown, string> = new Map([
  ['nonce', 'its token belongs to another sign-in (nonce)'],
  ['aud', 'its token is meant for somebody else (audience)'],
  ['azp', 'its token is meant for somebody else (authorized party)'],
  ['iss', 'its token is from another provider (issuer)'],
]);

function refused(why: string, cause?: unknown): Failure {
  return new Failure('permission-denied', { message: `The sign-in at the OpenID provider failed: ${why}`, cause });
}

function unusable(why: string): Failure {
  return new Failure('provider-garbled', { message: `The OpenID provider cannot be used: ${why}` });
}
