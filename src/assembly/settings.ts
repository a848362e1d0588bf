import { homedir } from 'node:os';
import { join } from 'node:path';

/** What the process is told by its environment (README, "Settings"). */
export interface Settings {
  readonly home: string;
  readonly configPath: string;
  readonly envPath: string;
  readonly databaseUrl?: string;
  readonly host?: string;
  readonly port?: number;
  /** Path prefix behind a proxy: '' or `/gw`. */
  readonly base: string;
  readonly discoversEngines: boolean;
  readonly runsBundledEngine: boolean;
  readonly drainSeconds: number;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export const DEFAULT_HOST = '127.0.0.1';
export const DEFAULT_PORT = 7117;
const PORT_MAX = 65_535;

/** A variable holds what cannot be meant; the message is for the person who set it. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Throws `SettingsError`. */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): Settings {
  const home = environment.TRUNKLINE_HOME || join(homedir(), '.trunkline');
  const port = environment.TRUNKLINE_PORT;
  if (port !== undefined && port !== '' && !(/^\d{1,5}$/.test(port) && Number(port) <= PORT_MAX))
    throw new SettingsError(`TRUNKLINE_PORT must be a port number, from 0 to ${PORT_MAX}`);
  const host = environment.TRUNKLINE_HOST;
  const databaseUrl = environment.TRUNKLINE_DATABASE_URL;
  return {
    home,
    configPath: environment.TRUNKLINE_CONFIG || join(home, 'trunkline.toml'),
    envPath: join(home, '.env'),
    ...(databaseUrl && { databaseUrl }),
    ...(host && { host }),
    ...(port && { port: Number(port) }),
    base: readBase(environment.TRUNKLINE_BASE_PATH),
    discoversEngines: environment.TRUNKLINE_DISCOVER !== 'off',
    runsBundledEngine: environment.TRUNKLINE_BUNDLED !== 'off',
    drainSeconds: Number(environment.TRUNKLINE_DRAIN_SECONDS || 600),
    environment,
  };
}

/** `/gw/` and `gw` mean `/gw`; a lone slash means none. */
function readBase(text: string | undefined): string {
  const path = (text ?? '').replace(/^\/+|\/+$/g, '');
  if (!/^[\w./~-]*$/.test(path) || path.split('/').includes('..'))
    throw new SettingsError('TRUNKLINE_BASE_PATH must be a path such as /gw');
  return path && `/${path}`;
}
