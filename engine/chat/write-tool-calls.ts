/** Calls of earlier turns, as the model would have written them. */
import type { CallForm } from './tool-use.ts';

export interface EarlierCall {
  readonly name: string;
  /** As a caller gave it: not always JSON. */
  readonly argumentsJson: string;
}

const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*$/u;

export function writeToolCalls(calls: readonly EarlierCall[], form: CallForm): string {
  const python = form === 'python' ? calls.map(pythonCall) : [];
  if (form === 'python' && python.every((call) => call !== undefined)) return `[${python.join(', ')}]`;
  const json = calls.map(
    ({ name, argumentsJson }) => `{"name": ${JSON.stringify(name)}, "parameters": ${argumentsJson || '{}'}}`,
  );
  return json.length === 1 ? json[0]! : `[${json.join(', ')}]`;
}

/** Undefined where the arguments are no object of names that Python has. */
function pythonCall({ name, argumentsJson }: EarlierCall): string | undefined {
  const given = readObject(argumentsJson || '{}');
  if (!given || !Object.keys(given).every((key) => IDENTIFIER.test(key))) return undefined;
  return `${name}(${Object.entries(given)
    .map(([key, value]) => `${key}=${pythonValue(value)}`)
    .join(', ')})`;
}

function readObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}

function pythonValue(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const members = Object.entries(value).map(([key, part]) => `${JSON.stringify(key)}: ${pythonValue(part)}`);
  return `{${members.join(', ')}}`;
}
