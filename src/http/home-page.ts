import type { SignIn } from './claim.ts';
import { claimRoutes } from './claim-page.ts';
import type { Exchange } from './exchange.ts';
import type { Route } from './route.ts';

export interface HomeParts {
  readonly signIn: SignIn;
  readonly exchange: Exchange;
  readonly engineState: () => { readonly type: string; readonly reason?: string } | undefined;
}

export function homeRoutes({ signIn }: HomeParts): readonly Route[] {
  return [...claimRoutes(signIn)];
}
