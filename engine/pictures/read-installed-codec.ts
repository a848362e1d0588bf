/** For the process door only: a browser has its own way to these files. */
import type { CodecName } from './codecs.ts';

const FILES: Readonly<Record<CodecName, string>> = {
  jpeg: '@cwasm/jpeg-turbo/jpeg-turbo.wasm',
  webp: '@cwasm/webp/webp.wasm',
};

/** The codec as npm installed it. */
export async function readInstalledCodec(codec: CodecName): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await Bun.file(new URL(import.meta.resolve(FILES[codec]))).arrayBuffer());
}
