import { expect, test } from 'bun:test';
import type { JsonObject } from '../../base/json.ts';
import type { Loss } from '../../generation/loss.ts';
import anthropicMessages from '../anthropic-messages.ts';
import type { RequestTarget, WireFormat } from '../format.ts';
import openaiChat from '../openai-chat.ts';
import openaiResponses from '../openai-responses.ts';

const target: RequestTarget = {
  upstreamModel: 'm',
  stream: false,
  quirks: {},
  supportedParameters: ['tools', 'tool_choice'],
};

function sentTo(to: WireFormat, from: WireFormat, body: object): { sent: JsonObject; lost: readonly string[] } {
  const losses: Loss[] = [];
  const request = from.server.decodeRequest(new TextEncoder().encode(JSON.stringify({ model: 'a/b', ...body })));
  const bytes = to.client.encodeRequest(request, target, losses);
  return { sent: JSON.parse(new TextDecoder().decode(bytes)) as JsonObject, lost: losses.map(({ field }) => field) };
}

const chat = (mode: string, ...names: readonly string[]) => ({
  messages: [{ role: 'user', content: 'Hi' }],
  tools: ['f', 'g', 'h'].map((name) => ({ type: 'function', function: { name } })),
  tool_choice: {
    type: 'allowed_tools',
    allowed_tools: { mode, tools: names.map((name) => ({ type: 'function', function: { name } })) },
  },
});
const response = (mode: string, ...names: readonly string[]) => ({
  input: 'Hi',
  tools: ['f', 'g', 'h'].map((name) => ({ type: 'function', name, parameters: {} })),
  tool_choice: { type: 'allowed_tools', mode, tools: names.map((name) => ({ type: 'function', name })) },
});

test('a choice among some tools is the nearest that another format knows, and listed', () => {
  for (const [from, body] of [
    [openaiChat, chat],
    [openaiResponses, response],
  ] as const) {
    const choiceOf = (...given: Parameters<typeof chat>) => {
      const { sent, lost } = sentTo(anthropicMessages, from, body(...given));
      expect(lost).toContain('tool_choice');
      return sent.tool_choice;
    };
    expect(choiceOf('required', 'f')).toEqual({ type: 'tool', name: 'f' });
    expect(choiceOf('required', 'f', 'g')).toEqual({ type: 'any' });
    expect(choiceOf('auto', 'f', 'g') ?? { type: 'auto' }).toEqual({ type: 'auto' });
  }
});

test('a choice of one of the API’s own tools is listed as lost elsewhere', () => {
  const body = { ...response('auto', 'f'), tool_choice: { type: 'web_search' } };
  expect(sentTo(anthropicMessages, openaiResponses, body).lost).toContain('tool_choice');
});
