export type Language = 'curl' | 'Python' | 'TypeScript';

const MODEL = 'trunkline/mini';

/** A request that works as it stands, once the key is in the environment (or `key` is given, just made). */
export function sampleRequest(language: Language, address: string, key?: string): string {
  if (language === 'curl') {
    return [
      `curl ${address}/api/v1/chat/completions \\`,
      `  -H "Authorization: Bearer ${key ?? '$TRUNKLINE_API_KEY'}" \\`,
      `  -H "Content-Type: application/json" \\`,
      `  -d '{"model": "${MODEL}", "messages": [{"role": "user", "content": "What are you?"}]}'`,
    ].join('\n');
  }
  if (language === 'Python') {
    return [
      '# pip install openai',
      'import os',
      'from openai import OpenAI',
      '',
      `client = OpenAI(base_url="${address}/api/v1", api_key=os.environ["TRUNKLINE_API_KEY"])`,
      'answer = client.chat.completions.create(',
      `    model="${MODEL}",`,
      '    messages=[{"role": "user", "content": "What are you?"}],',
      ')',
      'print(answer.choices[0].message.content)',
    ].join('\n');
  }
  return [
    '// npm install openai',
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: '${address}/api/v1', apiKey: process.env.TRUNKLINE_API_KEY });`,
    'const answer = await client.chat.completions.create({',
    `  model: '${MODEL}',`,
    "  messages: [{ role: 'user', content: 'What are you?' }],",
    '});',
    'console.log(answer.choices[0]?.message.content);',
  ].join('\n');
}
