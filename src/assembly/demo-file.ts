import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError, readConfig } from '../config/read-config.ts';
import { readText } from '../config/watch-file.ts';

/** Beside the configuration, so that a running server sees the providers of a demonstration come and go. */
export function demoPath(home: string): string {
  return join(home, 'demo.json');
}

/** JSON: written by a program for a program, in the shape of the configuration. What cannot be read is no demonstration. */
export function readDemo(path: string): Config {
  const text = readText(path);
  try {
    return readConfig(text === '' ? '{}' : text, parseJson);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof SyntaxError) return readConfig('{}', () => ({}));
    throw error;
  }
}

export function writeDemo(home: string, config: object): void {
  writeFileSync(demoPath(home), JSON.stringify(config), { mode: 0o600 });
}

export function removeDemoFile(home: string): void {
  rmSync(demoPath(home), { force: true });
}

/** `readConfig` holds it to the schema. */
function parseJson(text: string): unknown {
  const document: unknown = JSON.parse(text);
  return document;
}
