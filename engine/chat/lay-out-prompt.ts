/** The prompt as pieces. */

import { unsupported } from '../rejection.ts';
import type { ChatMessage, ChatRequest } from './chat-request.ts';

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

export function layOutPrompt({ messages, tools, tool_choice }: ChatRequest): PromptLayout {
  if (tools?.length && tool_choice !== 'none') throw unsupported('tools', 'this model cannot call tools');
  const isCall = messages.some((message) => message.role === 'tool' || ('tool_calls' in message && message.tool_calls));
  if (isCall) throw unsupported('messages', 'this model cannot call tools, so it reads no results of them');
  const pieces: PromptPiece[] = [{ type: 'control', text: '<|begin_of_text|>' }];
  for (const [index, message] of messages.entries()) {
    const role = message.role === 'developer' ? 'system' : message.role;
    pieces.push({ type: 'control', text: `<|header_start|>${role}<|header_end|>\n\n` });
    const content = contentOf(message);
    if (role === 'assistant' && index === messages.length - 1) {
      return { pieces, resumed: content.map((piece) => (piece.type === 'text' ? piece.text : '')).join('') };
    }
    pieces.push(...content, { type: 'control', text: '<|eot|>' });
  }
  pieces.push({ type: 'control', text: '<|header_start|>assistant<|header_end|>\n\n' });
  return { pieces, resumed: undefined };
}

function contentOf(message: ChatMessage): readonly PromptPiece[] {
  const { content, role } = message;
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return (content ?? []).map((part): PromptPiece => {
    if (part.type === 'text') return part;
    if (role !== 'user') throw unsupported('messages', 'pictures are read in user messages only');
    return { type: 'picture', url: part.image_url.url };
  });
}
