import { z } from 'zod';
import type { RouteDescription } from '../format.ts';
import { definedSchemas, exchangeFields, pickSchemas } from '../openai-chat/describe-route.ts';
import { fieldSchemas } from '../openai-chat/request-fields.ts';
import { responsesSchemas } from './request-fields.ts';

const item = z.looseObject({ type: z.string().optional() });
const SAME_IN_CHAT = ['stream', 'temperature', 'top_p', 'top_k', 'top_logprobs', 'parallel_tool_calls', 'service_tier'];

export const responsesDescription: RouteDescription = {
  summary: 'Answers in the form of OpenAI’s Responses',
  fields: {
    input: z.union([z.string(), z.array(item)]),
    tools: z.array(item),
    ...pickSchemas(fieldSchemas, SAME_IN_CHAT),
    ...definedSchemas(responsesSchemas),
    ...exchangeFields,
  },
  required: ['input'],
  example: { model: 'trunkline/mini', input: 'What are you?' },
};
