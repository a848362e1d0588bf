import { assert } from '../base/assert.ts';
import { countPrompt } from '../gateway/count-prompt.ts';
import { decodeCall, type GenerationCall } from './generations.ts';

/** Answers how long a prompt is. Nothing is generated, held or charged. */
export async function answerCount(call: GenerationCall): Promise<Response> {
  const { counting } = call.format.server;
  assert(counting, 'a format that counts nothing');
  const request = await decodeCall(call);
  return Response.json(counting.encodeCount(await countPrompt(call.parts, request, call.caller)));
}
