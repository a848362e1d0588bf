/** What the callers send: chat requests of 2 KB and of 200 KB, as whole HTTP/1.1 messages. */

export type BodySize = '2k' | '200k';

/** How a candidate wants to be asked. */
export interface Door {
  readonly port: number;
  readonly path: string;
  readonly model: string;
  readonly headers: Readonly<Record<string, string>>;
}

const SENTENCE =
  'Explain briefly, with one example, why a slow reader must slow the writer down in a "streaming" system; keep to facts. ';

/** Source code is what long chat histories are full of: many quotes, backslashes and line ends, so many escapes. */
const CODE_LINES = [
  'const pattern = /^\\s*"([^"\\\\]|\\\\.)*"\\s*:/u;',
  '\tif (line.startsWith("data: ")) { emit(JSON.parse(line.slice(6))); }',
  '  console.log("naïve café ☕ " + value + "\\n");\r',
  'path = "C:\\\\Users\\\\someone\\\\Documents\\\\report \\"final\\".txt"',
  '    return "{\\"ok\\":true,\\"items\\":[" + items.map((item) => JSON.stringify(item)).join(",") + "]}";',
];

export function chatBody(size: BodySize, model: string, stream: boolean): string {
  const messages = size === '2k' ? shortChat() : longChat();
  return JSON.stringify({ model, messages, temperature: 0.7, max_tokens: 512, ...(stream ? { stream: true } : {}) });
}

export function httpRequest(door: Door, size: BodySize, stream: boolean): Uint8Array {
  const body = new TextEncoder().encode(chatBody(size, door.model, stream));
  const head = [
    `POST ${door.path} HTTP/1.1`,
    `Host: 127.0.0.1:${door.port}`,
    'Content-Type: application/json',
    'Accept: */*',
    'User-Agent: bench',
    `Content-Length: ${body.length}`,
    ...Object.entries(door.headers).map(([name, value]) => `${name}: ${value}`),
  ];
  return Buffer.concat([new TextEncoder().encode(`${head.join('\r\n')}\r\n\r\n`), body]);
}

function shortChat() {
  return [
    { role: 'system', content: 'You are a careful engineer. Answer in plain English.' },
    { role: 'user', content: SENTENCE.repeat(15) },
  ];
}

function longChat() {
  const messages = [{ role: 'system', content: 'You are a careful engineer. Answer in plain English.' }];
  let bytes = 0;
  for (let turn = 0; bytes < 196_000; turn++) {
    const lines = Array.from({ length: 36 }, (_, line) => CODE_LINES[(turn * 7 + line * 3) % CODE_LINES.length]);
    const content = `${SENTENCE}\n\n\`\`\`ts\n${lines.join('\n')}\n\`\`\`\n`;
    messages.push({ role: turn % 2 === 0 ? 'user' : 'assistant', content });
    bytes += Buffer.byteLength(JSON.stringify(content));
  }
  return messages;
}
