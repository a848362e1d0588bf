import type { ShownOperation } from './api-document.ts';

/** A call of an operation as a program: what must be given and is not known stands as its name in angle brackets. */
export function sampleOf(
  { method, path, parameters, body: example }: ShownOperation,
  language: 'curl' | 'Python' | 'TypeScript',
  address: string,
): string {
  const asked = parameters
    .filter(({ where, isRequired }) => where === 'query' && isRequired)
    .map(({ name }) => `${name}=<${name}>`);
  const url = `${address}${path.replaceAll(/\{(\w+)\}/g, '<$1>')}${asked.length > 0 ? `?${asked.join('&')}` : ''}`;
  const hasBody = example !== undefined;
  const body = JSON.stringify(example, null, 2);
  if (language === 'Python') {
    const json = hasBody ? `,\n    json=${indented(asPython(example), 4)}` : '';
    return `import os, requests\n\nanswer = requests.request(\n    "${method}", "${url}",\n    headers={"Authorization": f"Bearer {os.environ['TRUNKLINE_API_KEY']}"}${json},\n)\nprint(answer.json())`;
  }
  if (language === 'TypeScript') {
    const json = hasBody ? `\n  body: JSON.stringify(${indented(body, 2)}),` : '';
    const type = hasBody ? `, 'content-type': 'application/json'` : '';
    return `const answer = await fetch('${url}', {\n  method: '${method}',\n  headers: { authorization: \`Bearer \${process.env.TRUNKLINE_API_KEY}\`${type} },${json}\n});\nconsole.log(await answer.json());`;
  }
  const how = method === 'GET' ? '' : ` -X ${method}`;
  const json = hasBody ? ` \\\n  -H "Content-Type: application/json" -d '${body.replaceAll("'", "'\\''")}'` : '';
  return `curl${how} "${url}" \\\n  -H "Authorization: Bearer $TRUNKLINE_API_KEY"${json}`;
}

function indented(text: string, by: number): string {
  return text.replaceAll('\n', `\n${' '.repeat(by)}`);
}

/** Python writes three words of JSON in its own way; a value alone on the rest of its line is one of them. */
function asPython(value: unknown): string {
  return JSON.stringify(value, null, 2).replaceAll(
    /(^|: |^ +)(true|false|null)(,?)$/gm,
    (_, before: string, word: string, after: string) => `${before}${PYTHON[word]!}${after}`,
  );
}

const PYTHON: Readonly<Record<string, string>> = { true: 'True', false: 'False', null: 'None' };
