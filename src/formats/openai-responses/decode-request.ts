import type { Json, JsonObject } from '../../base/json.ts';
import type { JsonDocument } from '../../base/json-scan.ts';
import type { GenerationRequest, Modality, RequestContent } from '../../generation/request.ts';
import {
  FieldReader,
  invalidRequest,
  scanBody,
  sharedFeatures,
  topLevelFields,
} from '../openai-chat/decode-request.ts';
import { type PromptFeatures, PromptTally } from '../openai-chat/measure-prompt.ts';
import { refuseUnavailable } from '../openai-chat/refuse-unavailable.ts';
import { EXCHANGE_FIELDS, PARAMETER_NAMES } from '../openai-chat/request-fields.ts';
import { readContent } from './read-content.ts';
import { canonicalFields, parametersOf, refuseStored, responsesSchemas } from './request-fields.ts';

const PART_MODALITIES: Readonly<Record<string, Modality>> = {
  input_image: 'image',
  input_file: 'file',
  input_audio: 'audio',
  input_video: 'video',
};
/** Beside these two, which may be long, a body's fields are small enough to be parsed at once. */
const LONG = new Set(['input', 'tools']);

/** Scans the body once and reads its small fields; the input is read when another format needs it. */
export function decodeResponsesRequest(body: Uint8Array): GenerationRequest {
  const document = scanBody(body);
  const nodes = topLevelFields(document);
  const reader = new FieldReader(document, nodes, responsesSchemas);
  const small: Record<string, Json> = {};
  for (const name of nodes.keys()) if (!LONG.has(name)) small[name] = reader.raw(name)!;
  refuseStored(small);
  const tools = reader.raw('tools');
  if (tools !== undefined && !Array.isArray(tools)) throw invalidRequest('tools', 'Expected an array');
  refuseUnavailable(tools);
  const fields = canonicalFields(small);
  const hasTools = Array.isArray(tools) && tools.length > 0;
  const outputTokensMax = fields.max_tokens;
  let content: RequestContent | undefined;
  return {
    features: {
      ...sharedFeatures(reader),
      parameters: parametersOf(fields, hasTools, small).filter((name) => PARAMETER_NAMES.has(name)),
      ...(typeof outputTokensMax === 'number' && { outputTokensMax }),
      ...measureInput(document, nodes),
      hasTools,
    },
    origin: { format: 'openai-responses', body, document, fields: nodes },
    content: () => {
      content ??= readContent(document.value(0) as JsonObject, fields);
      return content;
    },
    field: (name) => fields[name] ?? (EXCHANGE_FIELDS.has(name) ? reader.raw(name) : undefined),
  };
}

/** Checks the input's outer form and measures it. */
function measureInput(document: JsonDocument, nodes: ReadonlyMap<string, number>): PromptFeatures {
  const input = nodes.get('input');
  if (input === undefined) throw invalidRequest('input', 'Required');
  const kind = document.kind(input);
  if (kind !== 'string' && kind !== 'array') throw invalidRequest('input', 'Expected a string or an array of items');
  const tally = new PromptTally(document);
  for (const item of kind === 'array' ? document.children(input) : []) {
    if (document.kind(item) !== 'object') throw invalidRequest('input', 'Expected items to be objects');
    for (const name of ['content', 'output']) {
      const parts = document.member(item, name);
      if (parts === undefined || document.kind(parts) !== 'array') continue;
      for (const part of document.children(parts)) {
        const modality = modalityOf(document, part);
        if (modality !== undefined) tally.media(part, modality);
      }
    }
  }
  return tally.features([input, nodes.get('instructions'), nodes.get('tools')]);
}

function modalityOf(document: JsonDocument, part: number): Modality | undefined {
  if (document.kind(part) !== 'object') throw invalidRequest('input', 'Expected content parts to be objects');
  const type = document.member(part, 'type');
  if (type === undefined || document.kind(type) !== 'string') {
    throw invalidRequest('input', 'Every content part needs a "type"');
  }
  const name = document.value(type) as string;
  return Object.hasOwn(PART_MODALITIES, name) ? PART_MODALITIES[name] : undefined;
}
