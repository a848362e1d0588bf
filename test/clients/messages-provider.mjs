/** The part of the scripted provider that speaks Anthropic's Messages: it thinks, signs its thinking, and calls tools. */
import { SENTENCE, THOUGHT } from './provider.mjs';

const SIGNATURE = 'EqQBCgIYAhIMc2NyaXB0ZWQtc2lnbmF0dXJl';
/** As elsewhere: 100 prompt tokens, 40 of them cached, and 10 others. Here the cached ones are counted beside the rest. */
const USAGE = { input_tokens: 60, cache_read_input_tokens: 40, cache_creation_input_tokens: 0, output_tokens: 10 };

export function answerMessages(body, headers, response) {
  if (headers['x-api-key'] === undefined && headers.authorization === undefined) return refuse(response, 401);
  if (headers['anthropic-version'] !== '2023-06-01') return refuse(response, 400);
  const blocks = blocksFor(body);
  const stopReason = blocks.at(-1).type === 'tool_use' ? 'tool_use' : 'end_turn';
  const message = { id: 'msg_scripted', type: 'message', role: 'assistant', model: body.model };
  if (body.stream) streamAll(response, message, blocks, stopReason);
  else {
    const whole = { ...message, content: blocks, stop_reason: stopReason, stop_sequence: null, usage: USAGE };
    send(response, 200, whole);
  }
}

export function countTokens(_body, response) {
  send(response, 200, { input_tokens: 123 });
}

function blocksFor(body) {
  const last = body.messages.at(-1);
  const results = Array.isArray(last.content) ? last.content.filter(({ type }) => type === 'tool_result') : [];
  if (results.length > 0) {
    // A turn that goes on after a call must come with its thinking as it was signed.
    const before = body.messages.at(-2).content.find(({ type }) => type === 'thinking');
    const isSigned = before?.signature === SIGNATURE && before.thinking === THOUGHT;
    return [{ type: 'text', text: isSigned ? SENTENCE : 'The thinking was lost.' }];
  }
  const thinking = { type: 'thinking', thinking: THOUGHT, signature: SIGNATURE };
  if (body.tools?.length > 0) {
    const use = { type: 'tool_use', id: 'toolu_scripted', name: body.tools[0].name, input: { city: 'Paris' } };
    return [thinking, use];
  }
  return body.thinking?.type === 'enabled'
    ? [thinking, { type: 'text', text: SENTENCE }]
    : [{ type: 'text', text: SENTENCE }];
}

function streamAll(response, message, blocks, stopReason) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const emit = (type, data) => response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`);
  const usage = { ...USAGE, output_tokens: 1 };
  emit('message_start', { message: { ...message, content: [], stop_reason: null, stop_sequence: null, usage } });
  for (const [index, block] of blocks.entries()) {
    emit('content_block_start', { index, content_block: emptied(block) });
    emit('ping', {});
    for (const delta of deltasOf(block)) emit('content_block_delta', { index, delta });
    emit('content_block_stop', { index });
  }
  emit('message_delta', { delta: { stop_reason: stopReason, stop_sequence: null }, usage: { output_tokens: 10 } });
  emit('message_stop', {});
  response.end();
}

function emptied(block) {
  if (block.type === 'text') return { type: 'text', text: '' };
  if (block.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return { ...block, input: {} };
}

function deltasOf(block) {
  if (block.type === 'text') return words(block.text).map((text) => ({ type: 'text_delta', text }));
  if (block.type === 'tool_use') {
    const json = JSON.stringify(block.input);
    return ['', json.slice(0, 5), json.slice(5)].map((partial_json) => ({ type: 'input_json_delta', partial_json }));
  }
  const thoughts = words(block.thinking).map((thinking) => ({ type: 'thinking_delta', thinking }));
  return [...thoughts, { type: 'signature_delta', signature: block.signature }];
}

function words(text) {
  return text.match(/\S+\s*/g) ?? [];
}

function refuse(response, status) {
  const type = status === 401 ? 'authentication_error' : 'invalid_request_error';
  send(response, status, { type: 'error', error: { type, message: 'The scripted provider refuses' } });
}

function send(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
