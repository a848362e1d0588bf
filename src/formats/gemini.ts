import type { FormatRoute, RouteDescription, WireFormat } from './format.ts';
import { countPath, decodeCount, encodeCount, encodeCountRequest } from './gemini/count-tokens.ts';
import { decodeGeminiResult, GeminiDecoder } from './gemini/decode-answer.ts';
import { decodeGeminiFailure } from './gemini/decode-failure.ts';
import { decodeGeminiRequest, readAddress } from './gemini/decode-request.ts';
import { countDescription, generatingDescriptions } from './gemini/describe-routes.ts';
import { GeminiEncoder } from './gemini/encode-answer.ts';
import { encodeGeminiFailure } from './gemini/encode-failure.ts';
import { encodeGeminiPreset } from './gemini/encode-preset.ts';
import { encodeGeminiRequest, geminiPath } from './gemini/encode-request.ts';
import { encodeList, encodeModel } from './gemini/list-models.ts';
import { FORMAT } from './gemini/proto-json.ts';
import { isReadByGemini } from './gemini/read-part.ts';

/** The model's name may hold slashes, and a colon before a variant. */
function routesOf(pattern: string, descriptions: readonly RouteDescription[]): readonly FormatRoute[] {
  return ['v1beta', 'v1', 'v1alpha'].map((version, index) => ({
    path: `/api/${version}/models/:target{${pattern}}`,
    read: readAddress,
    keyParameter: 'key',
    ...(index === 0 && { descriptions }),
  }));
}

/** Google's `generateContent` and `streamGenerateContent`, as the Gemini API and Vertex AI speak them. */
const gemini: WireFormat = {
  id: FORMAT,
  server: {
    routes: routesOf('.+', generatingDescriptions),
    counting: { routes: routesOf('.+:countTokens', [countDescription]), encodeCount },
    // `/api/v1/models` is the exchange's own list.
    listing: { paths: ['/api/v1beta/models', '/api/v1alpha/models'], keyParameter: 'key', encodeModel, encodeList },
    decodeRequest: decodeGeminiRequest,
    encodePreset: encodeGeminiPreset,
    openEncoder: (identity, request) => new GeminiEncoder(identity, request),
    encodeFailure: encodeGeminiFailure,
  },
  client: {
    path: geminiPath,
    encodeRequest: encodeGeminiRequest,
    counting: { path: countPath, encodeCount: encodeCountRequest, decodeCount },
    takesInlineMediaOnly: true,
    opensAddress: isReadByGemini,
    openDecoder: (options) => new GeminiDecoder(options),
    decodeResult: decodeGeminiResult,
    decodeFailure: decodeGeminiFailure,
  },
};

export default gemini;
