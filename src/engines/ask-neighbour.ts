import { type DownloadParts, type DownloadRequest, openDownload } from './open-download.ts';

const BYTES_MAX = 4096;

/** The checksum of a file from the `.sha256` beside it, which many who offer files put there. */
export async function askNeighbour(request: DownloadRequest, parts: DownloadParts): Promise<string | undefined> {
  const url = new URL(request.url);
  const name = url.pathname.split('/').at(-1)!;
  url.pathname += '.sha256';
  try {
    const { response } = await openDownload({ ...request, url: url.href }, parts);
    const text = response.status === 200 ? await readShort(response) : '';
    await response.body?.cancel().catch(() => undefined);
    return checksumIn(text, decodeURIComponent(name));
  } catch (error) {
    if (parts.signal.aborted) throw error;
    return undefined;
  }
}

/** Nothing when it is longer than such a file can be. */
async function readShort(response: Response): Promise<string> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > BYTES_MAX) return '';
  }
  return text;
}

/** The line of `sha256sum` that names the file, or the only checksum of the text. */
function checksumIn(text: string, name: string): string | undefined {
  const lines = [...text.matchAll(/^([0-9a-f]{64})(?:\s+\*?(.+?))?\s*$/gim)];
  const named = lines.find((line) => line[2]?.split('/').at(-1) === name);
  return (named ?? (lines.length === 1 ? lines[0] : undefined))?.[1]?.toLowerCase();
}
