import { expect, test } from 'bun:test';
import { startAnswer } from './answer.ts';
import { type Message, makeRoom } from './room.ts';
import { RoomStore } from './room-store.ts';

function storeOf(questions: readonly string[]) {
  const room = makeRoom(['a/b'], 'browser', 0);
  const column = room.columns[0]!.id;
  const messages = questions.flatMap((text, index): readonly Message[] => [
    { id: `q${index}`, role: 'user', columns: [column], parts: [{ type: 'text', text }] },
    { id: `a${index}`, role: 'assistant', column, tries: [{ ...startAnswer('a/b', 0), state: 'done' }], shown: 0 },
  ]);
  const store = new RoomStore({ ...room, messages });
  return { store, ids: () => store.room().messages.map(({ id }) => id) };
}

test('what was taken back to be edited can be put where it stood, however often something was taken', () => {
  const { store, ids } = storeOf(['one', 'two', 'three']);
  store.edit('q2');
  expect([ids(), store.isEditing()]).toEqual([['q0', 'a0', 'q1', 'a1'], true]);
  store.edit('q1');
  expect(ids()).toEqual(['q0', 'a0']);
  store.putBack();
  expect([ids(), store.isEditing(), store.draft()]).toEqual([['q0', 'a0', 'q1', 'a1', 'q2', 'a2'], false, undefined]);
});
