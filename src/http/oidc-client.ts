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
    try {
      const answer = oauth.validateAuthResponse(server, this.#client, query, journey.state);
      const secret = this.#settings.clientSecret?.reveal();
      const response = await oauth.authorizationCodeGrantRequest(
        ...([server, this.#client, secret === undefined ? oauth.None() : oauth.ClientSecretPost(secret)] as const),
        ...([answer, redirectUri, journey.verifier, this.#options()] as const),
      );
      const checks = { expectedNonce: journey.nonce, requireIdToken: true };
      const result = await oauth.processAuthorizationCodeResponse(server, this.#client, response, checks);
      await oauth.validateApplicationLevelSignature(server, response, this.#options());
      return personOf(oauth.getValidatedIdTokenClaims(result));
    } catch (cause) {
      if (cause instanceof Failure) throw cause;
      // The library's messages may hold what the issuer sent; they are for our log only.
      throw new Failure('permission-denied', { message: 'The sign-in at the OpenID provider did not succeed', cause });
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

function unusable(why: string): Failure {
  return new Failure('provider-garbled', { message: `The OpenID provider cannot be used: ${why}` });
}
