import { type Answer, startAnswer } from './answer.ts';
import { buildRequest } from './build-request.ts';
import { isMissing, keeperOf } from './keep-rooms.ts';
import {
  answerOf,
  type ChatRoom,
  type ContentPart,
  isBusy,
  type Message,
  makeId,
  type Question,
  type Reply,
} from './room.ts';
import { streamAnswer } from './stream-answer.ts';

const SAVE_AFTER_MS = 600;

/**
 * A room that is open: its state, and the answers that stream into it. Pieces of answers are collected and shown once per frame of the
 * screen; whoever listens is told that something changed and looks at what it shows.
 */
export class RoomStore {
  #room: ChatRoom;
  readonly #listeners = new Set<() => void>();
  readonly #running = new Map<string, AbortController>();
  readonly #fresh = new Map<string, Answer>();
  #frame: number | undefined;
  #saving: ReturnType<typeof setTimeout> | undefined;
  #saved: Promise<void> = Promise.resolve();
  #problem: string | undefined;
  #draft: Question | undefined;
  /** All messages as they were before a question was taken back to be edited. */
  #before: readonly Message[] | undefined;

  constructor(room: ChatRoom) {
    this.#room = room;
  }

  readonly room = (): ChatRoom => this.#room;
  /** Why the room could not be kept; undefined while all is well. */
  readonly problem = (): string | undefined => this.#problem;

  /** A question that was taken back to be edited; a new object each time. */
  readonly draft = (): Question | undefined => this.#draft;

  /** A question was taken back, and can still be put where it stood. */
  readonly isEditing = (): boolean => this.#before !== undefined;

  readonly listen = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  change(change: (room: ChatRoom) => ChatRoom): void {
    this.#set(change(this.#room));
    this.#saveSoon();
  }

  /** Puts the question into the room and asks each of its columns. */
  ask(parts: readonly ContentPart[], columns: readonly string[]): void {
    this.#append({ id: makeId(), role: 'user', columns, parts });
    for (const column of columns) this.reply(column);
  }

  /** Asks one column to go on after what stands in the room. */
  reply(column: string, provider?: string): void {
    const found = this.#room.columns.find(({ id }) => id === column);
    if (!found) return;
    const pinned = provider ?? found.provider;
    const reply: Reply = {
      id: makeId(),
      role: 'assistant',
      column,
      tries: [startAnswer(found.model, Date.now(), pinned)],
      shown: 0,
    };
    this.#append(reply);
    void this.#run(reply.id, provider);
  }

  /** Another try in the same place; what followed in this column goes. */
  retry(replyId: string, provider?: string): void {
    const reply = this.#reply(replyId);
    const column = this.#room.columns.find(({ id }) => id === reply?.column);
    if (!reply || !column || this.#running.has(replyId)) return;
    this.#cutAfter(reply);
    const next = startAnswer(column.model, Date.now(), provider ?? column.provider);
    this.#replace({ ...reply, tries: [...reply.tries, next], shown: reply.tries.length });
    void this.#run(replyId, provider);
  }

  /** Asks again, once per column, what was refused because nobody had said who asks. */
  retryRefused(): void {
    for (const { id } of this.#room.columns) {
      const last = this.#room.messages.findLast((message) => message.role === 'assistant' && message.column === id);
      if (last?.role === 'assistant' && answerOf(last).error?.status === 401) this.retry(last.id);
    }
  }

  /** Goes on where a broken or stopped answer ended, with its own words as the beginning. */
  resume(replyId: string): void {
    const reply = this.#reply(replyId);
    if (!reply || this.#running.has(replyId)) return;
    const { error: _, finish: __, ...kept } = answerOf(reply);
    this.#put(replyId, { ...kept, state: 'streaming' });
    void this.#run(replyId, kept.pinned, kept.text);
  }

  stop(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  answerTools(replyId: string, results: ReadonlyMap<string, string>): void {
    const reply = this.#reply(replyId);
    if (!reply) return;
    for (const { id, name } of answerOf(reply).calls) {
      const text = results.get(id) ?? '';
      this.#append({ id: makeId(), role: 'tool', column: reply.column, callId: id, name, text });
    }
    this.reply(reply.column);
  }

  /**
   * Takes a question and all that followed it out of its columns, back into the field where it was written. The room that is kept
   * still has them until something is asked.
   */
  edit(questionId: string): void {
    const place = this.#room.messages.findIndex(({ id }) => id === questionId);
    const question = this.#room.messages[place];
    if (question?.role !== 'user' || isBusy(this.#room)) return;
    const isGone = (message: Message, index: number) =>
      index >= place &&
      (message.role === 'user'
        ? message.columns.every((column) => question.columns.includes(column))
        : question.columns.includes(message.column));
    this.#draft = question;
    this.#before ??= this.#room.messages;
    this.change((room) => ({ ...room, messages: room.messages.filter((message, index) => !isGone(message, index)) }));
  }

  /** Puts what was taken back to be edited where it stood. */
  putBack(): void {
    const messages = this.#before;
    if (!messages) return;
    this.#before = undefined;
    this.#draft = undefined;
    this.change((room) => ({ ...room, messages }));
  }

  /** The newest question that could be edited. */
  editLast(): void {
    const last = this.#room.messages.findLast(({ role }) => role === 'user');
    if (last) this.edit(last.id);
  }

  show(replyId: string, shown: number): void {
    const reply = this.#reply(replyId);
    if (reply && shown >= 0 && shown < reply.tries.length) this.#replace({ ...reply, shown });
    this.#saveSoon();
  }

  async #run(replyId: string, provider?: string, prefix?: string): Promise<void> {
    this.#before = undefined;
    const reply = this.#reply(replyId)!;
    const column = this.#room.columns.find(({ id }) => id === reply.column)!;
    const controller = new AbortController();
    this.#running.set(replyId, controller);
    const answer = answerOf(reply);
    const target = { column, until: replyId, ...(provider && { provider }), ...(prefix && { prefix }) };
    try {
      const body = buildRequest(this.#room, target);
      const onChange = (next: Answer) => this.#queue(replyId, next);
      this.#put(replyId, await streamAnswer({ body, answer, signal: controller.signal, onChange }));
    } catch (error) {
      const message = error instanceof Error ? error.message : 'The request could not be written';
      this.#put(replyId, { ...answer, state: 'broken', error: { status: 0, code: 'invalid_request', message } });
    } finally {
      this.#running.delete(replyId);
      this.#saveSoon();
    }
  }

  /** Shown with the next frame; a hidden tab draws none, and shows all at its return. */
  #queue(replyId: string, answer: Answer): void {
    this.#fresh.set(replyId, answer);
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      const fresh = [...this.#fresh];
      this.#fresh.clear();
      const answers = new Map(fresh.filter(([id]) => this.#running.has(id)));
      if (answers.size === 0) return;
      const messages = this.#room.messages.map((message) => {
        const next = message.role === 'assistant' ? answers.get(message.id) : undefined;
        return next ? withAnswer(message as Reply, next) : message;
      });
      this.#set({ ...this.#room, messages });
    });
  }

  #put(replyId: string, answer: Answer): void {
    this.#fresh.delete(replyId);
    const reply = this.#reply(replyId);
    if (reply) this.#replace(withAnswer(reply, answer));
  }

  #reply(id: string): Reply | undefined {
    const message = this.#room.messages.find((message) => message.id === id);
    return message?.role === 'assistant' ? message : undefined;
  }

  #append(message: Message): void {
    this.#set({ ...this.#room, messages: [...this.#room.messages, message], updatedAtMs: Date.now() });
  }

  #replace(message: Message): void {
    const messages = this.#room.messages.map((one) => (one.id === message.id ? message : one));
    this.#set({ ...this.#room, messages });
  }

  #cutAfter(reply: Reply): void {
    const place = this.#room.messages.findIndex(({ id }) => id === reply.id);
    const messages = this.#room.messages.flatMap((message, index): readonly Message[] => {
      if (index <= place) return [message];
      if (message.role !== 'user') return message.column === reply.column ? [] : [message];
      const columns = message.columns.filter((column) => column !== reply.column);
      return columns.length === 0 ? [] : [{ ...message, columns }];
    });
    this.#set({ ...this.#room, messages });
  }

  #set(room: ChatRoom): void {
    this.#room = room;
    for (const listener of this.#listeners) listener();
  }

  #saveSoon(): void {
    clearTimeout(this.#saving);
    this.#saving = setTimeout(() => void this.save(), SAVE_AFTER_MS);
  }

  /** One after the other: each is made from the version that the last one left. */
  save(): Promise<void> {
    this.#saved = this.#saved.then(async () => {
      const kept = this.#before ? { ...this.#room, messages: this.#before } : this.#room;
      if (kept.messages.length === 0 || isBusy(kept)) return;
      try {
        const { version, place } = await keep(kept);
        this.#problem = undefined;
        this.#set({ ...this.#room, version, place });
      } catch (error) {
        this.#problem = error instanceof Error ? error.message : 'The room could not be kept';
        this.#set({ ...this.#room });
      }
    });
    return this.#saved;
  }
}

/** A new room that the server can't keep stays in this browser, and says so by its place. */
async function keep(room: ChatRoom): Promise<Pick<ChatRoom, 'version' | 'place'>> {
  const { place } = room;
  try {
    return { version: await keeperOf(place).save(room), place };
  } catch (error) {
    if (place !== 'server' || room.version > 0 || !isMissing(error)) throw error;
    return { version: await keeperOf('browser').save({ ...room, place: 'browser' }), place: 'browser' };
  }
}

function withAnswer(reply: Reply, answer: Answer): Reply {
  return { ...reply, tries: reply.tries.map((one, index) => (index === reply.shown ? answer : one)) };
}
