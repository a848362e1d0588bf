import { z } from 'zod';

/** Shapes of `/api/x/rooms`: a person's own conversations of the chat page. */

/** Chosen by the page, so that a room can be made before it is kept. */
export const roomId = z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, 'must be 8 to 64 letters, digits, dashes');

/** At most 2 MiB as JSON. Messages are the page's own: what matters to the server is that they are JSON. */
export const roomBody = z.object({
  title: z
    .string()
    .trim()
    .max(200)
    .regex(/^[^\p{Cc}\p{Bidi_Control}]*$/u, 'must not hold control characters'),
  /** The version this was made from; 0 for a new room. Another one in storage is a conflict (409). */
  version: z.number().int().min(0),
  models: z.array(z.string().max(200)).max(6).default([]),
  messages: z.array(z.record(z.string().max(64), z.unknown())).max(2_000),
  settings: z.record(z.string().max(64), z.unknown()).default({}),
});
export type RoomBody = z.infer<typeof roomBody>;

export interface RoomListing {
  readonly id: string;
  readonly title: string;
  readonly version: number;
  readonly models: readonly string[];
  readonly messages: number;
  readonly bytes: number;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Room extends Omit<RoomListing, 'messages'> {
  readonly messages: readonly Readonly<Record<string, unknown>>[];
  readonly settings: Readonly<Record<string, unknown>>;
}

/** `GET /api/x/rooms`: newest first. */
export interface Rooms {
  readonly rooms: readonly RoomListing[];
}
