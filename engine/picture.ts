/**
 * Pictures are decoded here, once and completely, and handed on as one clean small PNG: the engine aborts on a broken
 * picture, and the model has only ever seen pictures of one size.
 */
import { Rejection } from './rejection.ts';

const SIDE = 64;
const PIXELS_MAX = 24_000_000;
const BYTES_MAX = 10_000_000;
const DATA_URL = /^data:image\/(png|jpeg|jpg|webp|gif);base64,/i;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export async function cleanPicture(url: string): Promise<string> {
  const head = DATA_URL.exec(url.slice(0, 40));
  if (!head)
    throw badPicture('a picture must be a base64 data URL of a PNG, JPEG, WebP or GIF: this engine fetches nothing');
  const base64 = url.slice(head[0].length);
  if (base64.length > (BYTES_MAX / 3) * 4) throw badPicture(`a picture may have at most ${BYTES_MAX} bytes`);
  if (!BASE64.test(base64)) throw badPicture('the picture is not valid base64');
  try {
    const picture = new Bun.Image(Buffer.from(base64, 'base64'), { maxPixels: PIXELS_MAX }).resize(SIDE, SIDE);
    return `data:image/png;base64,${await picture.png().toBase64()}`;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_IMAGE_TOO_MANY_PIXELS') {
      throw badPicture(`the picture has more than ${PIXELS_MAX} pixels`);
    }
    throw badPicture('the picture cannot be decoded');
  }
}

function badPicture(message: string): Rejection {
  return new Rejection(400, 'invalid_image', message, 'messages');
}
