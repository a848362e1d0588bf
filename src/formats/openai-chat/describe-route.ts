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

type Schemas = Readonly<Record<string, z.ZodType>>;

/** Those of these names, in their order. */
export function pickSchemas(schemas: Schemas, names: readonly string[]): Schemas {
  return Object.fromEntries(names.map((name) => [name, schemas[name]!]));
}

/** What the exchange reads of a body, in whichever form the rest of it is. */
export const exchangeFields = pickSchemas(fieldSchemas, [
  ...['model', 'models', 'provider', 'preset', 'plugins', 'session_id', 'user', 'strict'],
]);

/** Without the names that are `undefined`: those stand for a field that is left unchecked. */
export function definedSchemas(schemas: Readonly<Record<string, z.ZodType | undefined>>): Schemas {
  return Object.fromEntries(
    Object.entries(schemas).filter((entry): entry is [string, z.ZodType] => entry[1] !== undefined),
  );
}
