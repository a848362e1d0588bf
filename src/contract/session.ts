import { z } from 'zod';

/** Shapes of `/api/x/session`, `/api/x/sessions`, `/api/x/users`, `/api/x/invitations`. Times are ISO 8601 in UTC. */

export const role = z.enum(['owner', 'admin', 'member', 'viewer']);
export type Role = z.infer<typeof role>;

/** What a person is shown as: no control characters, no line breaks. */
const personName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100)
  .regex(/^[^\p{Cc}\p{Bidi_Control}]*$/u, 'must not hold control characters');

/** What somebody signs in with beside a password. Case does not count; an e-mail address will do. */
const loginName = z
  .string()
  .trim()
  .toLowerCase()
  .min(1, 'must not be empty')
  .max(200)
  .regex(/^[^\s\p{Cc}]+$/u, 'must not hold spaces');

const newPassword = z.string().min(10, 'must have at least 10 characters').max(512);
/** The password that is tried: any length would be read before it is refused. */
const triedPassword = z.string().max(512);
/** A one-time token of a link. */
const token = z.string().min(1).max(256);

export const claimBody = z.object({ token });

export const passwordSignIn = z.object({ login: loginName, password: triedPassword });

/** `current` may be absent when there is no password yet. */
export const passwordChange = z.object({ current: triedPassword.optional(), password: newPassword });
export type PasswordChange = z.infer<typeof passwordChange>;

const base64url = z
  .string()
  .max(16_384)
  .regex(/^[A-Za-z0-9_-]*$/, 'must be base64url');
const credentialBase = {
  id: base64url,
  rawId: base64url,
  type: z.literal('public-key'),
  authenticatorAttachment: z.enum(['platform', 'cross-platform']).optional(),
  clientExtensionResults: z.object({}).default({}),
};

/** What `startRegistration` of `@simplewebauthn/browser` gives, as it is. */
export const passkeyRegistration = z.object({
  name: personName.optional(),
  response: z.object({
    ...credentialBase,
    response: z.object({
      clientDataJSON: base64url,
      attestationObject: base64url,
      transports: z.array(z.string().max(32)).max(10).optional(),
    }),
  }),
});

/** What `startAuthentication` of `@simplewebauthn/browser` gives, as it is. */
export const passkeySignIn = z.object({
  response: z.object({
    ...credentialBase,
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: base64url.optional(),
    }),
  }),
});
export type PasskeySignIn = z.infer<typeof passkeySignIn>;

export const userCreation = z.object({
  name: personName,
  login: loginName,
  role: role.exclude(['owner']),
  password: newPassword,
});

/** One's own name and login; the role and `disabled` only by the owner, of somebody else. */
export const userChange = z.object({
  name: personName.optional(),
  login: loginName.optional(),
  role: role.optional(),
  disabled: z.boolean().optional(),
});

export const invitationCreation = z.object({ role: role.exclude(['owner']), note: personName.optional() });

/** Makes the user of an invitation, and signs in. Without a password a passkey is to be registered next. */
export const invitationAcceptance = z.object({
  token,
  name: personName,
  login: loginName,
  password: newPassword.optional(),
});

export interface SignInWays {
  /** Somebody has a password. */
  readonly password: boolean;
  /** Somebody has a passkey that works at this address. */
  readonly passkey: boolean;
  /** Label of the button, such as `Sign in with Example`; absent when it is not configured. */
  readonly oidc?: { readonly label: string };
}

export interface SessionUser {
  readonly id: string;
  readonly name: string;
  readonly login: string;
  readonly role: Role;
  readonly has_password: boolean;
  readonly passkeys: readonly PasskeyListing[];
}

export interface PasskeyListing {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly last_used_at: string | null;
}

/** `GET /api/x/session`, and the boot data of every page. */
export interface SessionSummary {
  /** Somebody has opened the printed link: the installation has an owner. */
  readonly claimed: boolean;
  readonly signed_in: boolean;
  readonly user: SessionUser | null;
  /** The hash of the key that requests of this session act with, as in `/api/v1/keys` and in generation records. */
  readonly key_hash: string | null;
  readonly ways: SignInWays;
  readonly expires_at: string | null;
}

export interface SessionListing {
  /** Not the secret: fit for `DELETE /api/x/sessions/:id`. */
  readonly id: string;
  readonly user_id: string;
  readonly current: boolean;
  /** `claim`, `password`, `passkey`, `oidc`, `invitation`. */
  readonly way: string;
  readonly user_agent: string | null;
  readonly address: string | null;
  readonly created_at: string;
  readonly seen_at: string;
}

export interface UserListing {
  readonly id: string;
  readonly name: string;
  readonly login: string;
  readonly role: Role;
  readonly disabled: boolean;
  readonly has_password: boolean;
  readonly passkeys: number;
  readonly oidc: boolean;
  readonly created_at: string;
  readonly last_seen_at: string | null;
}

export interface InvitationListing {
  readonly id: string;
  readonly role: Role;
  readonly note: string | null;
  readonly created_at: string;
  readonly expires_at: string;
}

/** The link is shown this once. Its path is below the address that the browser knows: `/invite?token=…`. */
export interface InvitationCreated extends InvitationListing {
  readonly token: string;
  readonly path: string;
}

/** `GET /api/x/sessions`: one's own. */
export interface Sessions {
  readonly sessions: readonly SessionListing[];
}

/** `GET /api/x/users` */
export interface Users {
  readonly users: readonly UserListing[];
  /** Links that nobody has used yet. */
  readonly invitations: readonly InvitationListing[];
}
