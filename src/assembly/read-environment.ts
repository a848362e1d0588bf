import { readEnvFile } from '../config/read-env-file.ts';
import type { Provider } from '../providers/provider.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Larger than any file of a key. */
const KEY_CHARACTERS_MAX = 64 * 1024;

/**
 * The environment as providers read it: the variables, over them those of the `.env` file, and the text of a file where a
 * provider's variable names one. A file that can't be read is no key, and is told to `onMissing`.
 */
export function readEnvironment(
  sources: { readonly environment: Environment; readonly envText: string; readonly shelf: readonly Provider[] },
  readText: (path: string) => string,
  onMissing: (variable: string) => void = () => {},
): Environment {
  const environment: Record<string, string | undefined> = { ...sources.environment, ...readEnvFile(sources.envText) };
  for (const variable of sources.shelf.flatMap(({ environmentFiles = [] }) => environmentFiles)) {
    const path = environment[variable]?.trim();
    if (!path) continue;
    const text = readText(path);
    if (text.trim() === '' || text.length > KEY_CHARACTERS_MAX) {
      onMissing(variable);
      environment[variable] = undefined;
    } else environment[variable] = text;
  }
  return environment;
}
