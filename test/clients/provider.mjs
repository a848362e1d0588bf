/**
 * A provider that does what its callers ask for: answers, streams, calls tools, keeps to a schema, reasons, and fails in
 * chosen ways. It speaks OpenAI's chat format with the liberties that real servers take. The model's name chooses.
 */
import { createServer } from 'node:http';
import { answerMessages, countTokens } from './messages-provider.mjs';

export const SENTENCE = 'The 7:17 leaves from track two at noon.';
export const THOUGHT = 'The timetable lists one train.';
export const RETRY_AFTER_SECONDS = 1;
const CITY = { city: 'Paris', population: 2102650 };
const SLOW_PIECE_MS = 50;
const SLOW_PIECES = 400;

/**
 * Starts on a free port of this machine. `GET /seen?tag=…` tells what became of the requests whose last message is that
 * tag: their bodies, and when their caller hung up (milliseconds since the request arrived).
 */
export async function startProvider() {
  const seen = new Map();
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url, 'http://provider');
    if (pathname === '/seen') return sendJson(response, 200, seen.get(searchParams.get('tag')) ?? []);
    readText(request).then((text) => {
      const body = JSON.parse(text);
      if (pathname.endsWith('/messages')) answerMessages(body, request.headers, response);
      else if (pathname.endsWith('/messages/count_tokens')) countTokens(body, response);
      else answer(body, request, response, seen);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function readText(request) {
  let text = '';
  for await (const piece of request.setEncoding('utf8')) text += piece;
  return text;
}

function answer(body, request, response, seen) {
  const tag = textOf(body.messages.at(-1));
  const record = { model: body.model, body, headers: request.headers };
  seen.set(tag, [...(seen.get(tag) ?? []), record]);
  const startedAt = performance.now();
  response.on('close', () => {
    if (!response.writableFinished) record.hungUpAfterMs = performance.now() - startedAt;
  });
  const isFirst = seen.get(tag).length === 1;
  const behave = { limited, moody: isFirst ? limited : speak, broken, cut, slow, nulls }[body.model] ?? speak;
  behave(body, response);
}

/** What a well-behaved model says to this conversation. */
function sayTo(body) {
  const last = body.messages.at(-1);
  if (last.role === 'tool') return { text: `It is ${JSON.parse(textOf(last)).degrees} degrees.` };
  if (body.tools?.length > 0 && body.tool_choice !== 'none') return { calls: callsFor(body, textOf(last)) };
  if (body.response_format?.type === 'json_schema') return { text: JSON.stringify(CITY) };
  if (body.model === 'thinker') return { thought: THOUGHT, text: SENTENCE };
  return { text: SENTENCE };
}

function callsFor(body, text) {
  const name = body.tools[0].function.name;
  const cities = text.includes('both') ? ['Paris', 'Oslo'] : ['Paris'];
  return cities.map((city, index) => ({ id: `call_${index}_${city}`, name, arguments: JSON.stringify({ city }) }));
}

function speak(body, response) {
  const said = sayTo(body);
  if (body.stream) streamAll(body, response, piecesOf(said), said.calls ? 'tool_calls' : 'stop');
  else sendJson(response, 200, wholeAnswer(body, said));
}

/** Deltas of a stream: the role first, then words, then arguments in two halves of each call. */
function piecesOf({ thought, text, calls }) {
  return [
    { role: 'assistant', content: calls ? null : '' },
    ...words(thought).map((word) => ({ reasoning_content: word })),
    ...words(text).map((word) => ({ content: word })),
    ...(calls ?? []).flatMap((call, index) => {
      const middle = Math.ceil(call.arguments.length / 2);
      return [
        { tool_calls: [{ index, id: call.id, type: 'function', function: { name: call.name, arguments: '' } }] },
        { tool_calls: [{ index, function: { arguments: call.arguments.slice(0, middle) } }] },
        { tool_calls: [{ index, function: { arguments: call.arguments.slice(middle) } }] },
      ];
    }),
  ];
}

function wholeAnswer(body, { thought, text, calls }) {
  const message = {
    role: 'assistant',
    content: text ?? null,
    ...(thought && { reasoning_content: thought }),
    ...(calls && {
      tool_calls: calls.map(({ id, ...called }) => ({ id, type: 'function', function: called })),
    }),
  };
  const choice = { index: 0, message, finish_reason: calls ? 'tool_calls' : 'stop' };
  return { ...head(body, 'chat.completion'), choices: [choice], usage: usageOf() };
}

function head(body, object) {
  return { id: 'chatcmpl-scripted', object, created: 1_764_547_200, model: body.model };
}

/** The same figures for every answer, so that a case can write its cost out: 100 prompt tokens (40 cached), 10 others. */
function usageOf() {
  return {
    prompt_tokens: 100,
    completion_tokens: 10,
    total_tokens: 110,
    prompt_tokens_details: { cached_tokens: 40 },
  };
}

function streamAll(body, response, deltas, finishReason) {
  openStream(response);
  for (const delta of deltas) sendChunk(response, body, [{ index: 0, delta, finish_reason: null }]);
  sendChunk(response, body, [{ index: 0, delta: {}, finish_reason: finishReason }]);
  if (body.stream_options?.include_usage) sendChunk(response, body, [], { usage: usageOf() });
  response.end('data: [DONE]\n\n');
}

/** What vLLM and its kin do: every field they know, null where there is nothing to say. */
function nulls(body, response) {
  const empty = { refusal: null, annotations: null, audio: null, function_call: null, reasoning_content: null };
  const extra = { system_fingerprint: null, service_tier: null, prompt_logprobs: null, kv_transfer_params: null };
  if (!body.stream) {
    const message = { role: 'assistant', content: SENTENCE, ...empty, tool_calls: [] };
    const choice = { index: 0, message, logprobs: null, finish_reason: 'stop', stop_reason: null, token_ids: null };
    const usage = { ...usageOf(), prompt_tokens_details: null, completion_tokens_details: null };
    sendJson(response, 200, { ...head(body, 'chat.completion'), choices: [choice], usage, ...extra });
    return;
  }
  openStream(response);
  const send = (delta, finishReason) => {
    const choice = { index: 0, delta: { ...empty, ...delta, tool_calls: null }, logprobs: null };
    sendChunk(response, body, [{ ...choice, finish_reason: finishReason }], { ...extra, usage: null });
  };
  send({ role: 'assistant', content: '' }, null);
  for (const word of words(SENTENCE)) send({ role: null, content: word }, null);
  send({ role: null, content: null }, 'stop');
  sendChunk(response, body, [], { ...extra, usage: { ...usageOf(), prompt_tokens_details: null } });
  response.end('data: [DONE]\n\n');
}

function limited(_body, response) {
  const error = { message: 'Too many requests for scripted-limited', type: 'requests', code: 'rate_limit_exceeded' };
  sendJson(response, 429, { error }, { 'retry-after': String(RETRY_AFTER_SECONDS) });
}

function broken(_body, response) {
  sendJson(response, 500, { error: { message: 'The scripted server is broken', type: 'server_error' } });
}

/** Half an answer, then the connection is gone. */
function cut(body, response) {
  if (body.stream) {
    openStream(response);
    for (const word of words('The 7:17 leaves'))
      sendChunk(response, body, [{ index: 0, delta: { content: word }, finish_reason: null }]);
  } else {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '4000' });
    response.write(
      '{"id":"chatcmpl-scripted","object":"chat.completion","choices":[{"index":0,"message":{"content":"The',
    );
  }
  setTimeout(() => response.destroy(), 50);
}

/** Talks for 20 seconds unless its caller hangs up. */
function slow(body, response) {
  openStream(response);
  let pieces = 0;
  const timer = setInterval(() => {
    pieces++;
    sendChunk(response, body, [{ index: 0, delta: { content: `${pieces} ` }, finish_reason: null }]);
    if (pieces === SLOW_PIECES) response.end('data: [DONE]\n\n');
  }, SLOW_PIECE_MS);
  response.on('close', () => clearInterval(timer));
}

function openStream(response) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

function sendChunk(response, body, choices, extra) {
  const chunk = { ...head(body, 'chat.completion.chunk'), choices, ...extra };
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}

function sendJson(response, status, body, headers) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function words(text) {
  return text?.match(/\S+\s*/g) ?? [];
}

function textOf({ content }) {
  if (typeof content === 'string') return content;
  return (content ?? []).map((part) => part.text ?? '').join('');
}
