import { z } from 'zod';
import type { RouteDescription } from '../format.ts';
import { messageSchema, toolSchema } from './read-content.ts';
import { fieldSchemas } from './request-fields.ts';

export const chatDescription: RouteDescription = {
  summary: 'Answers a chat, in OpenAI’s form',
  fields: { messages: z.array(messageSchema), tools: z.array(toolSchema), ...fieldSchemas },
  required: ['messages'],
  example: { model: 'trunkline/mini', messages: [{ role: 'user', content: 'What are you?' }] },
};

/** What the exchange reads of a body, in whichever form the rest of it is. */
export const exchangeFields: Readonly<Record<string, z.ZodType>> = Object.fromEntries(
  ['model', 'models', 'provider', 'preset', 'plugins', 'session_id', 'user', 'strict'].map((name) => [
    name,
    fieldSchemas[name]!,
  ]),
);

/** Without the names that are `undefined`: those stand for a field that is left unchecked. */
export function definedSchemas(
  schemas: Readonly<Record<string, z.ZodType | undefined>>,
): Readonly<Record<string, z.ZodType>> {
  return Object.fromEntries(
    Object.entries(schemas).filter((entry): entry is [string, z.ZodType] => entry[1] !== undefined),
  );
}
