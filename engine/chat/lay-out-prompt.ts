/** The prompt as pieces, laid out as Llama 4 was trained on it. */
import { unsupported } from '../rejection.ts';
import type { ChatMessage } from './chat-request.ts';
import { describeTools } from './describe-tools.ts';
import type { ToolUse } from './tool-use.ts';
import { writeToolCalls } from './write-tool-calls.ts';

export type PromptPiece =
  /** Of the layout itself: names of control tokens in it are control tokens. */
  | { readonly type: 'control'; readonly text: string }
  /** Of the caller: whatever it says is text. */
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'picture'; readonly url: string };

export interface PromptLayout {
  readonly pieces: readonly PromptPiece[];
  /** A last message of the assistant: the answer goes on from here. */
  readonly resumed: string | undefined;
}

/** Results of functions have a role of their own, whose name is from Llama's beginnings. */
const roles = { system: 'system', developer: 'system', user: 'user', assistant: 'assistant', tool: 'ipython' } as const;
const end: PromptPiece = { type: 'control', text: '<|eot|>' };

export function layOutPrompt(messages: readonly ChatMessage[], use: ToolUse | undefined): PromptLayout {
  const pieces: PromptPiece[] = [{ type: 'control', text: '<|begin_of_text|>' }];
  const tools = use && describeTools(use);
  const begins = messages[0]?.role === 'system' || messages[0]?.role === 'developer';
  if (tools !== undefined && !begins) pieces.push(header('system'), { type: 'text', text: tools }, end);
  for (const [index, message] of messages.entries()) {
    pieces.push(header(roles[message.role]));
    const content = contentOf(message, use);
    if (isResumed(message) && index === messages.length - 1) {
      return { pieces, resumed: content.map((piece) => (piece.type === 'text' ? piece.text : '')).join('') };
    }
    pieces.push(...content);
    if (tools !== undefined && begins && index === 0) pieces.push({ type: 'text', text: `\n\n${tools}` });
    pieces.push(end);
  }
  pieces.push(header('assistant'));
  return { pieces, resumed: undefined };
}

function header(role: string): PromptPiece {
  return { type: 'control', text: `<|header_start|>${role}<|header_end|>\n\n` };
}

/** A turn in which functions were called is over. */
function isResumed(message: ChatMessage): boolean {
  return message.role === 'assistant' && !message.tool_calls?.length;
}

function contentOf(message: ChatMessage, use: ToolUse | undefined): readonly PromptPiece[] {
  const { content, role } = message;
  const parts = typeof content === 'string' ? [{ type: 'text' as const, text: content }] : (content ?? []);
  const pieces = parts.map((part): PromptPiece => {
    if (part.type === 'text') return part;
    if (role !== 'user') throw unsupported('messages', 'pictures are read in user messages only');
    return { type: 'picture', url: part.image_url.url };
  });
  if (role !== 'assistant' || !message.tool_calls?.length) return pieces;
  const calls = message.tool_calls.map(({ function: { name, arguments: argumentsJson } }) => ({ name, argumentsJson }));
  return [...pieces, { type: 'text', text: writeToolCalls(calls, use?.form ?? 'python') }];
}
