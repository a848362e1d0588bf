import { SqliteConnection } from './sqlite-connection.ts';
import type { SqliteReply, SqliteTask } from './sqlite-database.ts';

/** Runs one SQLite connection in its own thread, so that neither a disk sync nor a long query ever holds a stream. */
declare const self: Worker;

let connection: SqliteConnection | undefined;

self.onmessage = (event: MessageEvent<SqliteTask>) => {
  const task = event.data;
  let reply: SqliteReply;
  try {
    reply = { id: task.id, result: perform(task) };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    reply = { id: task.id, error: { name: nameOf(error), code, message: messageOf(error) } };
  }
  self.postMessage(reply);
};

function perform(task: SqliteTask): SqliteReply['result'] {
  if (task.do === 'open') {
    connection = new SqliteConnection(task.path);
    return [];
  }
  if (!connection) throw new Error('SQLite is not open');
  switch (task.do) {
    case 'query':
      return connection.query(task.sql, task.params);
    case 'query-each':
      return connection.queryEach(task.sql, task.paramLists);
    case 'roll-back':
      connection.rollBack();
      return [];
    case 'close':
      connection.close();
      connection = undefined;
      return [];
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
