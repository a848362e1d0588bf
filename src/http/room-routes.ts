import { z } from 'zod';
import { ROOM_BYTES_MAX, type RoomFacts, type RoomStore } from '../accounts/room.ts';
import { type RoomListing, roomBody, roomId } from '../contract/room.ts';
import { Failure } from '../generation/failure.ts';
import { answerPrivate } from './json-response.ts';
import { instantOf } from './print-figure.ts';
import { readJsonBody } from './read-json-body.ts';
import type { Route, RouteCall } from './route.ts';

/** A person's own conversations. Nobody else's id reads otherwise than one that never was. */
export function roomRoutes(rooms: RoomStore): readonly Route[] {
  const path = '/api/x/rooms';
  return [
    { ...{ method: 'GET', path, audience: 'person' }, answer: (call) => list(rooms, call) },
    { ...{ method: 'GET', path: `${path}/:id`, audience: 'person' }, answer: (call) => show(rooms, call) },
    {
      ...{ method: 'PUT', path: `${path}/:id`, audience: 'person', isReading: true },
      answer: (call) => save(rooms, call),
    },
    {
      ...{ method: 'DELETE', path: `${path}/:id`, audience: 'person', isReading: true },
      answer: (call) => remove(rooms, call),
    },
  ];
}

const kept = z.object({
  messages: z.array(z.record(z.string(), z.unknown())),
  settings: z.record(z.string(), z.unknown()),
});

async function list(rooms: RoomStore, { caller }: RouteCall): Promise<Response> {
  return answerPrivate({ rooms: (await rooms.list(caller!.session!.userId)).map(print) });
}

async function show(rooms: RoomStore, { caller, params }: RouteCall): Promise<Response> {
  const room = await rooms.find(caller!.session!.userId, params.id ?? '');
  if (!room) throw missing();
  return answerPrivate({ ...print(room), ...kept.parse(JSON.parse(room.body)) });
}

async function save(rooms: RoomStore, { caller, params, request, exchange }: RouteCall): Promise<Response> {
  const id = roomId.safeParse(params.id);
  if (!id.success) throw new Failure('invalid-request', { message: 'id: 8 to 64 letters, digits, dashes' });
  const { fields } = await readJsonBody(request, roomBody, ROOM_BYTES_MAX);
  const { title, version, models, messages, settings } = fields;
  const draft = {
    id: id.data,
    title,
    models,
    messageCount: messages.length,
    body: JSON.stringify({ messages, settings }),
  };
  const saved = await rooms.save(caller!.session!.userId, draft, { version, nowMs: exchange.clock.nowMs() });
  if (saved === 'changed') {
    throw new Failure('conflict', { message: 'Another window has changed this room meanwhile: load it again' });
  }
  if (saved === 'full') {
    throw new Failure('invalid-request', { message: 'There is no place for more rooms: delete some first' });
  }
  return answerPrivate(print(saved));
}

async function remove(rooms: RoomStore, { caller, params }: RouteCall): Promise<Response> {
  if (!(await rooms.delete(caller!.session!.userId, params.id ?? ''))) throw missing();
  return answerPrivate({ deleted: true });
}

function missing(): Failure {
  return new Failure('not-found', { message: 'There is no such room' });
}

function print(room: RoomFacts): RoomListing {
  return {
    ...{ id: room.id, title: room.title, version: room.version, models: room.models },
    ...{ messages: room.messageCount, bytes: room.bytes },
    ...{ created_at: instantOf(room.createdAtMs), updated_at: instantOf(room.updatedAtMs) },
  };
}
