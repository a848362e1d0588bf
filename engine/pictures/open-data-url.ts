import { PictureError, type PictureLimits, unreadable, unsupported } from './picture.ts';

const HEAD = /^data:image\/(?:png|jpeg|jpg|webp|gif);base64,/i;
const HEAD_LENGTH_MAX = 32;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** A bit that no digit has. */
const NO_DIGIT = 64;
const DIGITS = makeDigits();

/**
 * The bytes of a `data:image/…;base64,` URL, which may hold neither spaces nor parameters and must be padded. What the
 * URL says about its format is not believed: `decodePicture` looks at the bytes. Throws `PictureError`.
 */
export function openDataUrl(url: string, limits: PictureLimits): Uint8Array<ArrayBuffer> {
  const head = HEAD.exec(url.slice(0, HEAD_LENGTH_MAX));
  if (!head) throw unsupported('a picture must be a base64 data URL of a PNG, JPEG, WebP or GIF');
  const start = head[0].length;
  const length = url.length - start;
  if (length === 0) throw unreadable('the picture is empty');
  if (length > Math.ceil(limits.bytesMax / 3) * 4) {
    throw new PictureError('picture_too_large', `a picture may have at most ${limits.bytesMax} bytes`);
  }
  if (length % 4 !== 0) throw notBase64();
  const padding = url.endsWith('==') ? 2 : url.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((length / 4) * 3 - padding);
  const last = url.length - (padding === 0 ? 0 : 4);
  let seen = 0;
  let to = 0;
  for (let at = start; at < last; at += 4) {
    const [one, two, three, four] = [digit(url, at), digit(url, at + 1), digit(url, at + 2), digit(url, at + 3)];
    seen |= one | two | three | four;
    bytes[to++] = (one << 2) | (two >> 4);
    bytes[to++] = (two << 4) | (three >> 2);
    bytes[to++] = (three << 6) | four;
  }
  if (padding > 0) {
    const [one, two, three] = [digit(url, last), digit(url, last + 1), padding === 2 ? 0 : digit(url, last + 2)];
    // Bits that belong to no byte must be zero, or two URLs would mean the same picture.
    const rest = padding === 2 ? two & 15 : three & 3;
    seen |= one | two | three | (rest === 0 ? 0 : NO_DIGIT);
    bytes[to++] = (one << 2) | (two >> 4);
    if (padding === 1) bytes[to++] = (two << 4) | (three >> 2);
  }
  if ((seen & NO_DIGIT) !== 0) throw notBase64();
  return bytes;
}

function digit(url: string, at: number): number {
  return DIGITS[url.charCodeAt(at)] ?? NO_DIGIT;
}

function notBase64(): PictureError {
  return unreadable('the picture is not valid base64');
}

function makeDigits(): Uint8Array {
  const digits = new Uint8Array(128).fill(NO_DIGIT);
  for (let i = 0; i < ALPHABET.length; i++) digits[ALPHABET.charCodeAt(i)] = i;
  return digits;
}
