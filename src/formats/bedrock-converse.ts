import { Failure } from '../generation/failure.ts';
import { ConverseDecoder, decodeConverseResult } from './bedrock-converse/decode-answer.ts';
import { decodeConverseFailure } from './bedrock-converse/decode-failure.ts';
import { conversePath, encodeConverseRequest } from './bedrock-converse/encode-request.ts';
import type { WireFormat } from './format.ts';

/** Amazon Bedrock's Converse, whose streams are binary. Only the client's side exists: callers of it are not served. */
const bedrockConverse: WireFormat = {
  id: 'bedrock-converse',
  server: {
    routes: [],
    decodeRequest: () => refuse(),
    openEncoder: () => refuse(),
    encodeFailure: (failure) => ({ message: failure.detail.message }),
  },
  client: {
    showsNoSpace: true,
    path: conversePath,
    encodeRequest: encodeConverseRequest,
    headers: () => ({ accept: '*/*' }),
    takesInlineMediaOnly: true,
    openDecoder: () => new ConverseDecoder(),
    decodeResult: decodeConverseResult,
    decodeFailure: decodeConverseFailure,
  },
};

export default bedrockConverse;

function refuse(): never {
  throw new Failure('wrong-endpoint', { message: 'Requests in the format of Bedrock are not served' });
}
