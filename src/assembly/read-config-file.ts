import { readFileSync } from 'node:fs';
import { type Config, ConfigError, readConfig } from '../config/read-config.ts';

/** An absent file is the default configuration. One that is there and can't be read is not: half of what was wished would be missing. */
export function readConfigFile(path: string): Config {
  try {
    return readConfig(textOf(path), Bun.TOML.parse);
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(`${path}: ${error.message}`);
    throw error;
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    if (code === 'ENOENT' || code === 'ENOTDIR') return '';
    throw new ConfigError(code === 'EISDIR' ? 'is a folder, not a file' : `cannot be read (${code})`);
  }
}
