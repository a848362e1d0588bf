import type { ShownOperation } from './api-document.ts';

/** A call of an operation as a program: what must be given stands as its name in angle brackets. */
export function sampleOf(
  { method, path, parameters, hasBody }: ShownOperation,
  language: 'curl' | 'Python' | 'TypeScript',
  address: string,
): string {
  const asked = parameters
    .filter(({ where, isRequired }) => where === 'query' && isRequired)
    .map(({ name }) => `${name}=<${name}>`);
  const url = `${address}${path.replaceAll(/\{(\w+)\}/g, '<$1>')}${asked.length > 0 ? `?${asked.join('&')}` : ''}`;
  const needed = parameters.filter(({ where, isRequired }) => where === 'body' && isRequired).map(({ name }) => name);
  const body = `{${needed.map((name) => `"${name}": "<${name}>"`).join(', ')}}`;
  if (language === 'Python') {
    const json = hasBody ? `,\n    json=${body}` : '';
    return `import os, requests\n\nanswer = requests.request(\n    "${method}", "${url}",\n    headers={"Authorization": f"Bearer {os.environ['TRUNKLINE_API_KEY']}"}${json},\n)\nprint(answer.json())`;
  }
  if (language === 'TypeScript') {
    const json = hasBody ? `\n  body: JSON.stringify(${body}),` : '';
    const type = hasBody ? `, 'content-type': 'application/json'` : '';
    return `const answer = await fetch('${url}', {\n  method: '${method}',\n  headers: { authorization: \`Bearer \${process.env.TRUNKLINE_API_KEY}\`${type} },${json}\n});\nconsole.log(await answer.json());`;
  }
  const how = method === 'GET' ? '' : ` -X ${method}`;
  const json = hasBody ? ` \\\n  -H "Content-Type: application/json" -d '${body}'` : '';
  return `curl${how} "${url}" \\\n  -H "Authorization: Bearer $TRUNKLINE_API_KEY"${json}`;
}
