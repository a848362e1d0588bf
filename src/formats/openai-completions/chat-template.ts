import type { GenerationRequest, Message } from '../../generation/request.ts';

/** Models whose chats can be laid out here as their own template does it. */
export type TemplateName = 'llama-4';

/** Names of control tokens: an engine takes them for tokens wherever they stand, so that no caller's text may hold any. */
const CONTROL = /<\|/;

/**
 * A plain chat and the beginning of its answer, as the model was trained to read it; undefined for chats that hold more than
 * texts. The engine itself puts its first token before it.
 */
export function layOutChat(
  template: TemplateName | undefined,
  request: GenerationRequest,
  answer: string,
): string | undefined {
  if (template === undefined) return undefined;
  const { messages, tools, nativeTools = [] } = request.content();
  if (tools.length + nativeTools.length > 0 || CONTROL.test(answer)) return undefined;
  const texts = messages.map(plainText);
  if (messages.length === 0 || messages.some((message, at) => !isPlain(message, at, messages.length))) return undefined;
  if (texts.some((text) => text === undefined || CONTROL.test(text))) return undefined;
  return TEMPLATES[template](messages, texts as readonly string[]) + answer;
}

const TEMPLATES: Readonly<Record<TemplateName, (messages: readonly Message[], texts: readonly string[]) => string>> = {
  'llama-4': (messages, texts) => {
    const header = (role: string): string => `<|header_start|>${role}<|header_end|>\n\n`;
    const turns = messages.map(
      ({ role }, at) => `${header(role)}${role === 'system' ? texts[at]!.trim() : texts[at]}<|eot|>`,
    );
    return turns.join('') + header('assistant');
  },
};

/** Instructions stand first, and the last word is the user's. */
function isPlain({ role, name, extra }: Message, at: number, count: number): boolean {
  if (name !== undefined || extra !== undefined) return false;
  if (role === 'system') return at === 0;
  return role === 'user' || (role === 'assistant' && at < count - 1);
}

function plainText({ content }: Message): string | undefined {
  const [part] = content;
  return content.length === 1 && part?.type === 'text' ? part.text : undefined;
}
