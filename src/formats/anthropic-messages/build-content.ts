import type { JsonObject } from '../../base/json.ts';
import { type Loss, listForeignExtras } from '../../generation/loss.ts';
import type { Message, Part, RequestContent, Tool } from '../../generation/request.ts';
import type { RequestTarget } from '../format.ts';
import { type BuildContext, buildBlocks, CallIds, cacheControl, ownExtra } from './build-blocks.ts';
import { fitSchema } from './fit-schema.ts';
import { FORMAT } from './read-blocks.ts';

export interface BuiltContent {
  readonly system: readonly JsonObject[];
  readonly messages: readonly BuiltMessage[];
  readonly tools: readonly JsonObject[];
}

export interface BuiltMessage {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: readonly JsonObject[];
}

/** Stands where a conversation must begin with the user and does not. */
const OPENING = 'The conversation begins with your own words:';

/** Canonical content in the words of Messages: turns that alternate, results of tools before all else. */
export function buildContent(content: RequestContent, target: RequestTarget, losses: Loss[]): BuiltContent {
  losses.push(...listForeignExtras(content, FORMAT));
  const context: BuildContext = { target, losses, ids: new CallIds(losses) };
  const leading = content.messages.findIndex((message) => !isSystem(message));
  const count = leading < 0 ? content.messages.length : leading;
  const system = content.messages
    .slice(0, count)
    .flatMap((message, index) => buildBlocks(message.content, `messages.${index}.content`, context));
  const messages = buildTurns(content.messages, count, context);
  return { system, messages, tools: buildTools(content, messages, context) };
}

function isSystem(message: Message): boolean {
  return message.role === 'system' || message.role === 'developer';
}

function buildTurns(messages: readonly Message[], from: number, context: BuildContext): readonly BuiltMessage[] {
  const turns: BuiltMessage[] = [];
  for (let index = from; index < messages.length; index++) {
    const message = messages[index]!;
    const path = `messages.${index}`;
    if (message.name !== undefined) lose(context, `${path}.name`, 'dropped', 'a message has no name here');
    const content = buildBlocks(partsOf(message, path, context), `${path}.content`, context);
    if (content.length === 0) {
      if (message.content.length > 0) lose(context, path, 'dropped', 'nothing of it can be said here');
      continue;
    }
    const turn = isSystem(message)
      ? placeSystem(content, turns.at(-1), path, context)
      : { role: roleOf(message), content };
    addTurn(turns, turn, message);
  }
  if (turns[0]?.role === 'assistant') {
    lose(context, 'messages', 'emulated', 'a word of the user was put before the first message');
    turns.unshift({ role: 'user', content: [{ type: 'text', text: OPENING }] });
  }
  return turns.map(inOrder);
}

function roleOf(message: Message): 'user' | 'assistant' {
  return message.role === 'assistant' ? 'assistant' : 'user';
}

/** Pictures and files of the assistant, and thinking of anybody else, are refused. */
function partsOf(message: Message, path: string, context: BuildContext): readonly Part[] {
  return message.content.filter((part, place) => {
    const isMisplaced = message.role === 'assistant' ? part.type === 'media' : part.type === 'reasoning';
    if (isMisplaced)
      lose(context, `${path}.content.${place}`, 'dropped', `no ${part.type} in a ${message.role} message`);
    return !isMisplaced;
  });
}

/** New models take a word of the system after one of the user; for others it is put into the user's mouth, and marked. */
function placeSystem(
  content: readonly JsonObject[],
  before: BuiltMessage | undefined,
  path: string,
  context: BuildContext,
): BuiltMessage {
  const isTaken = (context.target.quirks.roles?.system ?? 'system') === 'system';
  if (isTaken && before?.role === 'user') return { role: 'system', content };
  lose(context, path, 'approximated', 'said in a message of the user, since the system speaks only at the beginning');
  const first: JsonObject = { type: 'text', text: '<system>' };
  return { role: 'user', content: [first, ...content, { type: 'text', text: '</system>' }] };
}

/** Turns of one role are one turn. */
function addTurn(turns: BuiltMessage[], turn: BuiltMessage, message: Message): void {
  const last = turns.at(-1);
  const extra = ownExtra(message.extra);
  if (last?.role !== turn.role) turns.push({ ...extra, ...turn });
  else turns[turns.length - 1] = { ...last, ...extra, content: [...last.content, ...turn.content] };
}

/** Results answer the calls before them: nothing may stand between. */
function inOrder(turn: BuiltMessage): BuiltMessage {
  if (turn.role !== 'user') return turn;
  const isResult = (block: JsonObject): boolean => block.type === 'tool_result';
  return { ...turn, content: [...turn.content.filter(isResult), ...turn.content.filter((block) => !isResult(block))] };
}

function buildTools(
  content: RequestContent,
  messages: readonly BuiltMessage[],
  context: BuildContext,
): readonly JsonObject[] {
  const native = (content.nativeTools ?? []).flatMap((tool) =>
    tool.format === FORMAT ? [tool.data as JsonObject] : [],
  );
  const tools = [...content.tools.map((tool, index) => buildTool(tool, `tools.${index}`, context)), ...native];
  if (tools.length > 0) return tools;
  const called = new Set(
    messages.flatMap(({ content }) =>
      content.flatMap((block) => (block.type === 'tool_use' ? [String(block.name)] : [])),
    ),
  );
  if (called.size > 0) lose(context, 'tools', 'emulated', 'the tools that were called before are declared by name');
  return [...called].map((name) => ({ name, input_schema: { type: 'object', properties: {} } }));
}

function buildTool(tool: Tool, path: string, context: BuildContext): JsonObject {
  const isStrict = tool.strict === true && context.target.supportedParameters.includes('structured_outputs');
  if (tool.strict === true && !isStrict) {
    lose(context, `${path}.strict`, 'dropped', 'the endpoint does not hold arguments to the schema');
  }
  const parameters: JsonObject = { type: 'object', ...(tool.parameters ?? { properties: {} }) };
  return {
    name: tool.name,
    ...(tool.description !== undefined && { description: tool.description }),
    input_schema: isStrict ? fitSchema(parameters, `${path}.parameters`, context.losses) : parameters,
    ...(isStrict && { strict: true }),
    ...(tool.strict === false && { strict: false }),
    ...cacheControl(tool.cache),
    ...ownExtra(tool.extra),
  };
}

function lose(context: BuildContext, field: string, outcome: Loss['outcome'], reason: string): void {
  context.losses.push({ field, outcome, reason });
}
