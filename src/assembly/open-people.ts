import { Passwords, Throttle } from '../accounts/passwords.ts';
import { systemClock } from '../base/clock.ts';
import { Secret } from '../base/secret.ts';
import { readKey } from '../config/read-config.ts';
import { Challenges } from '../http/challenges.ts';
import { OidcClient } from '../http/oidc-client.ts';
import type { PeopleParts } from '../http/people-parts.ts';
import { makeSessionSummary } from '../http/session-summary.ts';
import type { OpenedExchange } from './open-exchange.ts';
import type { Settings } from './settings.ts';

/** Failed sign-ins within a quarter of an hour, by name and by address. */
const LOGIN_FAILURES_MAX = 10;
const ADDRESS_FAILURES_MAX = 50;

/** All that signing in needs, for a running exchange. */
export function openPeople(opened: OpenedExchange, settings: Settings): PeopleParts {
  const { storage, book, config } = opened;
  const oidc = openOidc(opened, settings);
  const { public_url } = config.server;
  const publicUrl = public_url === undefined ? undefined : new URL(public_url).origin;
  const known = { store: storage, book, ...(publicUrl !== undefined && { publicUrl }), ...(oidc && { oidc }) };
  return {
    ...known,
    clock: systemClock,
    passwords: new Passwords(),
    tries: {
      logins: new Throttle(systemClock, LOGIN_FAILURES_MAX),
      addresses: new Throttle(systemClock, ADDRESS_FAILURES_MAX),
    },
    challenges: new Challenges(systemClock),
    base: settings.base,
    summary: makeSessionSummary(known),
  };
}

function openOidc({ config, gateway }: OpenedExchange, { environment }: Settings): OidcClient | undefined {
  const { oidc } = config.sign_in;
  if (!oidc) return undefined;
  const secret = oidc.client_secret === undefined ? undefined : readKey(oidc.client_secret, environment);
  const settings = {
    issuer: oidc.issuer,
    clientId: oidc.client_id,
    label: oidc.label,
    allowPrivateNetwork: oidc.allow_private_network,
    ...(secret !== undefined && { clientSecret: new Secret(secret) }),
    ...(oidc.new_people !== undefined && { newPeople: oidc.new_people }),
  };
  return new OidcClient(settings, gateway.egress, systemClock);
}
