import { z } from 'zod';
import type { RouteDescription } from '../format.ts';
import { exchangeFields } from '../openai-chat/describe-route.ts';
import { configSchemas } from './request-fields.ts';

const content = z.looseObject({ role: z.string().optional(), parts: z.array(z.looseObject({})) });
const { model: _, ...ofExchange } = exchangeFields;
const optional = (fields: Readonly<Record<string, z.ZodType>>) =>
  z.looseObject(Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, schema.optional()])));

const body: Omit<RouteDescription, 'summary' | 'path'> = {
  fields: {
    contents: z.array(content),
    systemInstruction: content,
    tools: z.array(z.looseObject({})),
    toolConfig: z.looseObject({}),
    generationConfig: optional(configSchemas),
    safetySettings: z.array(z.looseObject({})),
    cachedContent: z.string(),
    ...ofExchange,
  },
  required: ['contents'],
  example: { contents: [{ role: 'user', parts: [{ text: 'What are you?' }] }] },
};

export const generatingDescriptions: readonly RouteDescription[] = [
  {
    ...{ path: '/api/v1beta/models/{model}:generateContent', summary: 'Answers in one piece, in the form of Gemini' },
    ...body,
  },
  {
    ...{
      path: '/api/v1beta/models/{model}:streamGenerateContent',
      summary: 'Streams an answer, in the form of Gemini',
    },
    ...body,
  },
];

export const countDescription: RouteDescription = {
  path: '/api/v1beta/models/{model}:countTokens',
  summary: 'Counts the tokens of a prompt, in the form of Gemini',
  ...body,
};
