/** Key-shaped words: known prefixes, bearer tokens, and long runs that mix letters and digits. */
const SECRETS = [
  /\b(?:bearer|basic)\s+[\w.~+/=-]{8,}/gi,
  /\b(?:sk|pk|rk|gsk|xai|nvapi|hf|r8|fw|csk|key|api|tok|ghp|glpat|AIza)[-_][\w-]{8,}/g,
  /\bAIza[\w-]{20,}/g,
  /\b(?=[A-Za-z_-]*\d)(?=[\d_-]*[A-Za-z])[A-Za-z0-9_-]{32,}\b/g,
];

/** A stranger's words made fit to print: no key-shaped words, no control characters, at most `lengthMax` characters. */
export function redact(text: string, lengthMax = 2_000, ...secrets: readonly string[]): string {
  let clean = text.slice(0, lengthMax * 2);
  for (const secret of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '[redacted]');
  for (const pattern of SECRETS) clean = clean.replace(pattern, '[redacted]');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must go.
  clean = clean.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, ' ');
  return clean.length > lengthMax ? `${clean.slice(0, lengthMax)}…` : clean;
}
