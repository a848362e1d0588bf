import type { ContentPart } from './room.ts';

/** Bytes of a file as it is sent; a request may have 32 MiB in all. */
const FILE_BYTES_MAX = 10 * 1024 * 1024;
/** A larger picture is drawn smaller: models look at less than this anyway. */
const PICTURE_BYTES_MAX = 1024 * 1024;
const PICTURE_EDGE_MAX = 2_048;
const TEXT_BYTES_MAX = 512 * 1024;
const JPEG_QUALITY = 0.86;

const SENT_AS_THEY_ARE: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp', 'image/gif']);
const SOUNDS: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/wave': 'wav',
  'audio/flac': 'flac',
  'audio/ogg': 'ogg',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
};
const TEXT_NAME =
  /\.(?:txt|md|csv|tsv|json|jsonl|ya?ml|toml|xml|html?|css|[cm]?[jt]sx?|py|rb|rs|go|java|kt|c|h|cc|cpp|cs|sh|sql|log)$/i;

/** A file as a part of a question. Throws an `Error` with a sentence for the user. */
export async function readAttachment(file: File): Promise<ContentPart> {
  if (file.type.startsWith('image/')) return await readPicture(file);
  const format = SOUNDS[file.type];
  if (format !== undefined)
    return { type: 'input_audio', input_audio: { data: base64Of(await dataUrl(within(file))), format } };
  if (file.type === 'application/pdf') return await readPaper(file);
  if (file.type.startsWith('text/') || TEXT_NAME.test(file.name)) return await readText(file);
  throw new Error(`${file.name}: pictures, PDFs, sound (MP3, WAV, FLAC, OGG, M4A) and text files can be sent`);
}

function within(file: File): File {
  if (file.size <= FILE_BYTES_MAX) return file;
  throw new Error(`${file.name} has ${Math.ceil(file.size / 1024 / 1024)} MB; 10 MB can be sent`);
}

async function readPaper(file: File): Promise<ContentPart> {
  return { type: 'file', file: { filename: file.name, file_data: await dataUrl(within(file)) } };
}

/** Text goes into the question itself: every model reads it. */
async function readText(file: File): Promise<ContentPart> {
  if (file.size > TEXT_BYTES_MAX) throw new Error(`${file.name}: text files can have up to 512 KB`);
  const text = await file.text();
  if (text.includes('\0')) throw new Error(`${file.name} is no text`);
  const fence = text.includes('```') ? '~~~~' : '```';
  return { type: 'text', text: `${file.name}:\n${fence}\n${text.replace(/\n$/, '')}\n${fence}` };
}

async function readPicture(file: File): Promise<ContentPart> {
  const picture = await createImageBitmap(file).catch(() => {
    throw new Error(`${file.name || 'The picture'} is none that this browser can read`);
  });
  try {
    const isSmall = Math.max(picture.width, picture.height) <= PICTURE_EDGE_MAX && file.size <= PICTURE_BYTES_MAX;
    const url = isSmall && SENT_AS_THEY_ARE.has(file.type) ? await dataUrl(file) : await redraw(picture);
    return { type: 'image_url', image_url: { url } };
  } finally {
    picture.close();
  }
}

async function redraw(picture: ImageBitmap): Promise<string> {
  const scale = Math.min(1, PICTURE_EDGE_MAX / Math.max(picture.width, picture.height));
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser draws no pictures');
  // JPEG has no transparency: what would be black is paper.
  context.fillStyle = '#fff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', JPEG_QUALITY));
  if (!blob) throw new Error('The picture is too large for this browser');
  return await dataUrl(blob);
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Error('The file could not be read'));
    reader.readAsDataURL(blob);
  });
}

function base64Of(url: string): string {
  return url.slice(url.indexOf(',') + 1);
}
