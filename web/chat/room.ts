import { cleanText } from '../text/clean-text.ts';
import { type Answer, isRunning } from './answer.ts';

/** A conversation with one to six models side by side. */
export interface ChatRoom {
  readonly id: string;
  readonly title: string;
  /** As the server counts; 0 before it was kept. */
  readonly version: number;
  readonly place: RoomPlace;
  readonly columns: readonly Column[];
  readonly messages: readonly Message[];
  readonly options: RoomOptions;
  readonly updatedAtMs: number;
}

export type RoomPlace = 'server' | 'browser';

export const COLUMNS_MAX = 6;

/** One model of the room, and how it is asked. */
export interface Column {
  readonly id: string;
  readonly model: string;
  /** Tag of the only endpoint that may answer. */
  readonly provider?: string;
  readonly system?: string;
  readonly parameters: Readonly<Record<string, number | string>>;
  /** Pictures and files are left out for it. */
  readonly isTextOnly?: boolean;
}

export interface RoomOptions {
  /** JSON: a list of functions with a name, a description and a schema of their parameters. */
  readonly tools?: string;
  /** JSON schema of the answers. */
  readonly schema?: string;
  readonly hasWeb?: boolean;
}

export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: { readonly url: string } }
  | { readonly type: 'file'; readonly file: { readonly filename: string; readonly file_data: string } }
  | { readonly type: 'input_audio'; readonly input_audio: { readonly data: string; readonly format: string } };

export interface Question {
  readonly id: string;
  readonly role: 'user';
  /** Ids of the columns that it was sent to. */
  readonly columns: readonly string[];
  readonly parts: readonly ContentPart[];
}

/** What one column said, with earlier tries: `shown` is the one that counts. */
export interface Reply {
  readonly id: string;
  readonly role: 'assistant';
  readonly column: string;
  readonly tries: readonly Answer[];
  readonly shown: number;
}

export interface ToolResult {
  readonly id: string;
  readonly role: 'tool';
  readonly column: string;
  readonly callId: string;
  readonly name: string;
  readonly text: string;
}

export type Message = Question | Reply | ToolResult;

export function answerOf(reply: Reply): Answer {
  return reply.tries[reply.shown] ?? reply.tries.at(-1)!;
}

export function isOfColumn(message: Message, column: string): boolean {
  return message.role === 'user' ? message.columns.includes(column) : message.column === column;
}

export function isBusy(room: ChatRoom): boolean {
  return room.messages.some((message) => message.role === 'assistant' && isRunning(answerOf(message)));
}

/** Letters and digits from the browser's own source of chance; it is there without TLS as well. */
export function makeId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function makeColumn(model: string): Column {
  return { id: makeId(), model, parameters: {} };
}

export function makeRoom(models: readonly string[], place: RoomPlace, nowMs: number): ChatRoom {
  const columns = models.slice(0, COLUMNS_MAX).map(makeColumn);
  return { id: makeId(), title: '', version: 0, place, columns, messages: [], options: {}, updatedAtMs: nowMs };
}

const TITLE_MAX = 80;

/** A room is called by its first question until somebody names it. */
export function titleOf(room: ChatRoom): string {
  if (room.title !== '') return cleanText(room.title);
  const question = room.messages.find(({ role }) => role === 'user') as Question | undefined;
  const words = question ? textOfParts(question.parts) : '';
  const clean = words.replace(/[\p{Cc}\p{Bidi_Control}\s]+/gu, ' ').trim();
  if (clean === '') return question ? 'Picture or file' : 'New room';
  return clean.length > TITLE_MAX ? `${clean.slice(0, TITLE_MAX - 1)}…` : clean;
}

export function textOfParts(parts: readonly ContentPart[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

/** A new room with one column's conversation up to and with a message. */
export function branchRoom(room: ChatRoom, column: string, until: string, nowMs: number): ChatRoom {
  const last = room.messages.findIndex(({ id }) => id === until);
  const messages = room.messages
    .slice(0, last + 1)
    .filter((message) => isOfColumn(message, column))
    .map((message) => (message.role === 'user' ? { ...message, columns: [column] } : message));
  const columns = room.columns.filter(({ id }) => id === column);
  const title = `${titleOf(room)} (branch)`.slice(0, 200);
  return { ...room, id: makeId(), version: 0, title, columns, messages, updatedAtMs: nowMs };
}
