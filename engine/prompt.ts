/**
 * The prompt as the model was trained on it. The engine's own template renderer drops the first token and puts a line
 * break between parts, so the text is laid out here.
 */
import type { ChatMessage } from './chat-request.ts';
import { Rejection, unsupported } from './rejection.ts';

export interface Prompt {
  readonly text: string;
  /** In the order of their markers in `text`. */
  readonly pictureUrls: readonly string[];
}

const PICTURE_MARKER = '<__media__>';
const PICTURES_MAX = 8;
/**
 * The engine splits text with a recursive matcher that overruns its stack at some 10,000 characters without a break
 * (measured between 8,000 and 20,000), and takes the process with it.
 */
const UNBROKEN_CHARACTERS_MAX = 2_000;

/** A last message of the assistant is left open: the model goes on from it. */
export function layOutPrompt(messages: readonly ChatMessage[]): Prompt {
  const pictureUrls: string[] = [];
  let text = '<|begin_of_text|>';
  for (const [index, message] of messages.entries()) {
    const role = message.role === 'developer' ? 'system' : message.role;
    text += `<|header_start|>${role}<|header_end|>\n\n${content(message, pictureUrls)}`;
    if (role === 'assistant' && index === messages.length - 1) return checked({ text, pictureUrls });
    text += '<|eot|>';
  }
  return checked({ text: `${text}<|header_start|>assistant<|header_end|>\n\n`, pictureUrls });
}

function content(message: ChatMessage, pictureUrls: string[]): string {
  if (typeof message.content === 'string') return plain(message.content);
  let text = '';
  // Neighbouring texts are made plain as one: a control token could be split over two of them.
  let run = '';
  for (const part of message.content) {
    if (part.type === 'text') {
      run += part.text;
      continue;
    }
    if (message.role !== 'user') throw unsupported('messages', 'pictures are read in user messages only');
    pictureUrls.push(part.image_url.url);
    text += plain(run) + PICTURE_MARKER;
    run = '';
  }
  return text + plain(run);
}

/** Text of a caller must not become a control token or a picture: both are broken up so that they stay text. */
function plain(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.replaceAll('\0', ' ').replaceAll('<|', '< |').replaceAll('<__', '< __');
}

function checked(prompt: Prompt): Prompt {
  if (prompt.pictureUrls.length > PICTURES_MAX) {
    throw new Rejection(400, 'too_many_images', `at most ${PICTURES_MAX} pictures in one request`, 'messages');
  }
  if (longestRun(prompt.text) > UNBROKEN_CHARACTERS_MAX) {
    const message = `this engine cannot read more than ${UNBROKEN_CHARACTERS_MAX} characters without a break between words`;
    throw new Rejection(400, 'text_not_readable', message, 'messages');
  }
  return prompt;
}

/** Characters in the longest stretch that is either all white space or free of it. One pass: a pattern would retry. */
function longestRun(text: string): number {
  let longest = 0;
  let start = 0;
  let wasSpace = false;
  for (let index = 0; index < text.length; index++) {
    const isSpace = text.charCodeAt(index) <= 32;
    if (isSpace !== wasSpace) {
      start = index;
      wasSpace = isSpace;
    }
    longest = Math.max(longest, index - start + 1);
  }
  return longest;
}
