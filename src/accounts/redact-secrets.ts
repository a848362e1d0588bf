/**
 * What is certainly a secret by its shape. A first group stays. No search takes more than a bounded number of steps for each
 * character, whatever the text.
 */
const SECRETS = [
  /(\b(?:bearer|basic)\s{1,4})(?=[\w.~+/=-]{0,64}\d)[\w.~+/=-]{16,4096}/gi,
  /()\b(?:sk|pk|rk|gsk|xai|nvapi|hf|r8|fw|csk|ghp|gho|ghu|ghs|ghr|glpat|npm|pypi)[-_](?=[\w-]{0,64}\d)[\w-]{16,512}/g,
  /()\bgithub_pat_\w{20,255}/g,
  /()\bxox[abeoprs]-[\w-]{10,255}/g,
  /()\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
  /()\bAIza[\w-]{30,64}/g,
  /()(?<![\w-])eyJ[\w-]{8,4096}\.eyJ[\w-]{8,8192}\.[\w-]{16,2048}/g,
  // A password in an address, and what is named as a secret: `"password": "…"`, `API_KEY=…`.
  /(\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'\\]{1,64}:)[^\s/@"'\\]{3,128}(?=@)/gi,
  /(\b(?:password|passwd|api[_-]?key|secret[_-]?key|client[_-]?secret|access[_-]?token|auth[_-]?token)\\?["']?\s{0,4}[:=]\s{0,4}\\?["']?)(?=[^\s"'\\,;}()]{0,64}\d)[^\s"'\\,;}()]{8,512}/gi,
];
const PEM_BEGIN = /-----BEGIN [A-Z ]{0,32}PRIVATE KEY-----/g;
const PEM_END = /-----END [A-Z ]{0,32}PRIVATE KEY-----/;

export const REDACTED = '[redacted]';
/** Secrets are at most about so long. So much more than is kept is looked at, lest a part of one be stored. */
export const SECRET_LENGTH_MAX = 16_384;

/** Takes obvious secrets out of a text and leaves everything else, the grammar of JSON too, as it stands. */
export function redactSecrets(text: string): { readonly text: string; readonly count: number } {
  let { text: clean, count } = redactKeys(text);
  for (const pattern of SECRETS) {
    clean = clean.replace(pattern, (_, before: string) => {
      count++;
      return before + REDACTED;
    });
  }
  return { text: clean, count };
}

/** Blocks of private keys; one whose end is not there goes as far as such a block may. */
function redactKeys(text: string): { text: string; count: number } {
  if (!text.includes('PRIVATE KEY-----')) return { text, count: 0 };
  let clean = '';
  let count = 0;
  let from = 0;
  PEM_BEGIN.lastIndex = 0;
  for (let begin = PEM_BEGIN.exec(text); begin; begin = PEM_BEGIN.exec(text)) {
    const block = text.slice(PEM_BEGIN.lastIndex, PEM_BEGIN.lastIndex + SECRET_LENGTH_MAX);
    const end = PEM_END.exec(block);
    const quote = block.indexOf('"');
    const length = end ? end.index + end[0].length : quote >= 0 ? quote : block.length;
    clean += text.slice(from, begin.index) + REDACTED;
    count++;
    from = PEM_BEGIN.lastIndex + length;
    PEM_BEGIN.lastIndex = from;
  }
  return { text: clean + text.slice(from), count };
}
