import { z } from 'zod';
import type { RouteDescription } from '../format.ts';
import { definedSchemas, pickSchemas } from '../openai-chat/describe-route.ts';
import { messagesSchemas } from './request-fields.ts';

const block = z.looseObject({ type: z.string() });
const fields = {
  messages: z.array(
    z.looseObject({ role: z.enum(['user', 'assistant']), content: z.union([z.string(), z.array(block)]) }),
  ),
  tools: z.array(z.looseObject({ name: z.string(), description: z.string().optional() })),
  ...definedSchemas(messagesSchemas),
};

const example = { model: 'trunkline/mini', messages: [{ role: 'user', content: 'What are you?' }] };

export const messagesDescription: RouteDescription = {
  summary: 'Answers a chat, in the form of Anthropic’s Messages',
  fields,
  required: ['messages', 'max_tokens'],
  example: { ...example, max_tokens: 200 },
};

/** The same body, but nothing is generated: what limits and draws an answer is not needed. */
export const countDescription: RouteDescription = {
  summary: 'Counts the tokens of a prompt, in the form of Anthropic’s Messages',
  fields: pickSchemas(fields, ['model', 'messages', 'system', 'tools', 'tool_choice', 'thinking', 'provider']),
  required: ['messages'],
  example,
};
