import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { Passkey } from '../accounts/person.ts';
import { type PasskeySignIn, passkeyRegistration, passkeySignIn } from '../contract/session.ts';
import { Failure } from '../generation/failure.ts';
import { CHALLENGE_COOKIE, challengeCookie } from './challenges.ts';
import { answerPrivate } from './json-response.ts';
import { answerSignedIn, answerWithCookie, type PeopleParts, personOf } from './people-parts.ts';
import { readJsonBody } from './read-json-body.ts';
import { note, type Route, type RouteCall } from './route.ts';
import { cameByHttps, expectJsonBody, expectOurPage, ownOrigin, readCookie } from './session-cookie.ts';
import { printPasskey } from './session-summary.ts';

const PASSKEYS_MAX = 20;

/** Registering passkeys and signing in with one. */
export function passkeyRoutes(parts: PeopleParts): readonly Route[] {
  const base = '/api/x/session/passkey';
  return [
    {
      ...{ method: 'POST', path: `${base}/options`, audience: 'public', isReading: true },
      answer: (call) => offerSignIn(parts, call),
    },
    {
      ...{ method: 'POST', path: `${base}/verify`, audience: 'public', action: 'session.passkey' },
      answer: (call) => signIn(parts, call),
    },
    {
      ...{ method: 'POST', path: `${base}/register-options`, audience: 'person', isReading: true },
      answer: (call) => offerRegistration(parts, call),
    },
    {
      ...{ method: 'POST', path: `${base}/register`, audience: 'person', action: 'passkey.create' },
      answer: (call) => register(parts, call),
    },
    {
      ...{ method: 'DELETE', path: `${base}/:id`, audience: 'person', action: 'passkey.delete' },
      answer: (call) => remove(parts, call),
    },
  ];
}

/** For any passkey of this host: nobody is named, so nobody's existence is told. */
async function offerSignIn(parts: PeopleParts, { request }: RouteCall): Promise<Response> {
  expectOurPage(request);
  const options = await generateAuthenticationOptions({
    rpID: placeOf(parts, request).id,
    userVerification: 'required',
  });
  return answerChallenge(parts, request, options, { purpose: 'passkey-sign-in' });
}

async function signIn(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const { request } = call;
  expectOurPage(request);
  expectJsonBody(request);
  const { response } = (await readJsonBody(request, passkeySignIn)).fields;
  const challenge = takeChallenge(parts, request, { purpose: 'passkey-sign-in' });
  const passkey = parts.book.passkeys().find(({ id }) => id === response.id);
  const user = passkey && parts.book.findUser(passkey.userId);
  if (!passkey || !user || user.disabled) throw refusal();
  const counter = await checkAnswer({ parts, request, challenge, passkey, response });
  await parts.book.savePasskey({ ...passkey, counter, usedAtMs: parts.clock.nowMs() });
  return answerSignedIn(parts, call, user, 'passkey');
}

/** The authenticator's new count of uses. One that goes back is a copy, and refused by the library. */
async function checkAnswer(check: {
  readonly parts: PeopleParts;
  readonly request: Request;
  readonly challenge: string;
  readonly passkey: Passkey;
  readonly response: PasskeySignIn['response'];
}): Promise<number> {
  const { passkey, response } = check;
  const place = placeOf(check.parts, check.request);
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: asGiven(response),
      expectedChallenge: check.challenge,
      expectedOrigin: place.origin,
      expectedRPID: place.id,
      requireUserVerification: true,
      credential: {
        id: passkey.id,
        publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
        counter: passkey.counter,
      },
    });
    if (verified) return authenticationInfo.newCounter;
  } catch {
    // Why it was refused helps only who tries.
  }
  throw refusal();
}

async function offerRegistration(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const user = personOf(parts, call);
  const own = parts.book.passkeysOf(user.id);
  if (own.length >= PASSKEYS_MAX) {
    throw new Failure('conflict', { message: `${PASSKEYS_MAX} passkeys are the most: delete one first` });
  }
  const options = await generateRegistrationOptions({
    rpName: 'Trunkline',
    rpID: placeOf(parts, call.request).id,
    userID: new TextEncoder().encode(user.id),
    userName: user.login,
    userDisplayName: user.name,
    attestationType: 'none',
    excludeCredentials: own.map(({ id }) => ({ id })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  });
  const session = call.caller!.session!.hash;
  return answerChallenge(parts, call.request, options, { purpose: 'passkey-registration', session });
}

async function register(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const { request } = call;
  const user = personOf(parts, call);
  const { name, response } = (await readJsonBody(request, passkeyRegistration)).fields;
  const session = call.caller!.session!.hash;
  const expectedChallenge = takeChallenge(parts, request, { purpose: 'passkey-registration', session });
  const place = placeOf(parts, request);
  const checked = await verifyRegistrationResponse({
    response: asGiven(response),
    expectedChallenge,
    expectedOrigin: place.origin,
    expectedRPID: place.id,
    requireUserVerification: true,
  }).catch(() => undefined);
  if (!checked?.verified) throw refusal();
  const { credential } = checked.registrationInfo;
  if (parts.book.passkeys().some(({ id }) => id === credential.id)) {
    throw new Failure('conflict', { message: 'This passkey is registered already' });
  }
  const passkey: Passkey = {
    id: credential.id,
    userId: user.id,
    name: name ?? 'Passkey',
    publicKey: Buffer.from(credential.publicKey).toString('base64url'),
    counter: credential.counter,
    transports: response.response.transports ?? [],
    relyingParty: place.id,
    createdAtMs: parts.clock.nowMs(),
  };
  await parts.book.savePasskey(passkey);
  note(call, { target: user.id, detail: passkey.name });
  return answerPrivate(printPasskey(passkey), 201);
}

async function remove(parts: PeopleParts, call: RouteCall): Promise<Response> {
  const user = personOf(parts, call);
  const passkey = parts.book.passkeysOf(user.id).find(({ id }) => id === call.params.id);
  if (!passkey) throw new Failure('not-found', { message: 'There is no such passkey' });
  await parts.book.removePasskey(passkey.id);
  return answerPrivate({ deleted: true });
}

/** What a passkey is bound to. Browsers hold to it: the host that a caller claims only changes which passkeys could fit. */
function placeOf({ publicUrl }: PeopleParts, request: Request): { readonly id: string; readonly origin: string } {
  const origin = publicUrl ?? ownOrigin(request);
  return { id: new URL(origin).hostname, origin };
}

function answerChallenge(
  parts: PeopleParts,
  request: Request,
  options: { readonly challenge: string },
  bound: Readonly<Record<string, string>>,
): Response {
  const name = parts.challenges.keep({ ...bound, challenge: options.challenge });
  return answerWithCookie(options, challengeCookie(cameByHttps(request), name));
}

function takeChallenge(parts: PeopleParts, request: Request, bound: Readonly<Record<string, string>>): string {
  const kept = parts.challenges.take(readCookie(request, CHALLENGE_COOKIE));
  const isSame = Object.entries(bound).every(([name, value]) => kept?.[name] === value);
  if (!isSame || kept?.challenge === undefined) throw refusal();
  return kept.challenge;
}

/** The library's types know no `undefined` of absent fields; the schema has left them out where they were absent. */
function asGiven<T>(response: T) {
  return response as unknown as Parameters<typeof verifyAuthenticationResponse>[0]['response'] &
    Parameters<typeof verifyRegistrationResponse>[0]['response'];
}

function refusal(): Failure {
  return new Failure('unauthenticated', { message: 'This passkey was not accepted: try again' });
}
