/** The model hub's list of a repository's files, and which of them are meant by `user/repository:FORMAT`. */
import { z } from 'zod';
import { printBytes } from '../base/print-bytes.ts';
import type { Secret } from '../base/secret.ts';
import { DownloadError } from './download-error.ts';
import { type DownloadParts, openDownload, sha256Of } from './open-download.ts';

export interface HubFile {
  readonly path: string;
  readonly bytes: number;
  readonly url: string;
  readonly sha256?: string;
}

export interface HubChoice {
  readonly format: string;
  /** The file, or all parts in order. */
  readonly weights: readonly HubFile[];
  readonly projector?: HubFile;
}

export interface Hub {
  /** Such as `https://huggingface.co`. */
  readonly baseUrl: string;
  readonly token?: Secret;
}

export const HUB_URL = 'https://huggingface.co';
const FORMAT_USUAL = 'Q4_K_M';
const PAGES_MAX = 20;
const PART = /-(\d{5})-of-(\d{5})(?=\.gguf$)/;
const PROJECTOR_FORMATS = ['F16', 'BF16', 'Q8_0', 'F32'];

const treeSchema = z.array(
  z.object({
    type: z.string(),
    path: z.string().max(1000),
    size: z.number().min(0).optional(),
    lfs: z.object({ oid: z.string(), size: z.number() }).nullish(),
  }),
);

/** Throws `DownloadError`. */
export async function listHubFiles(hub: Hub, repository: string, parts: DownloadParts): Promise<readonly HubFile[]> {
  const base = hub.baseUrl.replace(/\/+$/, '');
  const files: HubFile[] = [];
  let url: string | undefined = `${base}/api/models/${repository}/tree/main?recursive=true`;
  for (let page = 0; url !== undefined && page < PAGES_MAX; page++) {
    const { response }: { readonly response: Response } = await openDownload(
      { url, ...(hub.token && { token: hub.token }) },
      parts,
    );
    if (response.status !== 200) throw refusalOf(response.status, repository, hub);
    const tree = treeSchema.safeParse(await response.json().catch(() => undefined));
    if (!tree.success) throw new DownloadError(`${new URL(base).host} does not list files as a model hub does`);
    for (const { type, path, size, lfs } of tree.data) {
      if (type !== 'file' || !/\.gguf$/i.test(path)) continue;
      const sha256 = sha256Of(lfs?.oid);
      const place = path.split('/').map(encodeURIComponent).join('/');
      files.push({
        ...{ path, bytes: lfs?.size ?? size ?? 0, url: `${base}/${repository}/resolve/main/${place}` },
        ...(sha256 !== undefined && { sha256 }),
      });
    }
    url = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  }
  if (files.length === 0) throw new DownloadError(`${repository} has no GGUF files`);
  return files;
}

/** Throws `DownloadError`, which says what there is, when nothing or more than one thing is meant. */
export function chooseHubFiles(files: readonly HubFile[], repository: string, format?: string): HubChoice {
  const models = groupParts(files.filter(({ path }) => !isProjector(path)));
  const wanted = format ?? (models.length === 1 ? undefined : FORMAT_USUAL);
  const matching = models.filter(({ name }) => wanted === undefined || hasFormat(name, wanted));
  // `Q4_K_M` is meant exactly where `UD-Q4_K_M` is there too.
  const exact = matching.filter(({ name }) => wanted !== undefined && !hasFormat(name, `UD-${wanted}`));
  const chosen = matching.length > 1 && exact.length === 1 ? exact : matching;
  if (chosen.length !== 1) {
    const list = models.map(({ name, bytes }) => `${formatOf(name)} (${printBytes(bytes)})`);
    const how = chosen.length === 0 ? `has no ${wanted}` : `has more than one ${wanted}`;
    throw new DownloadError(`${repository} ${how}; it has ${[...new Set(list)].join(', ')}`);
  }
  const [{ name, parts, isWhole }] = chosen as [(typeof models)[number]];
  if (!isWhole) throw new DownloadError(`${repository} lacks parts of ${name}`);
  const projectors = files.filter(({ path }) => isProjector(path));
  const projector = PROJECTOR_FORMATS.map((kind) => projectors.find(({ path }) => hasFormat(path, kind))).find(Boolean);
  return {
    format: formatOf(name),
    weights: parts,
    ...((projector ?? projectors[0]) && { projector: projector ?? projectors[0]! }),
  };
}

function isProjector(path: string): boolean {
  return /mmproj/i.test(path.split('/').at(-1)!);
}

interface HubModel {
  readonly name: string;
  readonly parts: readonly HubFile[];
  readonly bytes: number;
  readonly isWhole: boolean;
}

function groupParts(files: readonly HubFile[]): readonly HubModel[] {
  const groups = new Map<string, HubFile[]>();
  for (const file of files) {
    const name = file.path.replace(PART, '');
    groups.set(name, [...(groups.get(name) ?? []), file]);
  }
  return [...groups].map(([name, members]) => {
    const parts = members.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    const count = Number(PART.exec(parts[0]!.path)?.[2] ?? 1);
    const isWhole =
      parts.length === count && parts.every(({ path }, i) => count === 1 || Number(PART.exec(path)![1]) === i + 1);
    return { name, parts, bytes: parts.reduce((sum, { bytes }) => sum + bytes, 0), isWhole };
  });
}

/** As a word of the file's name, or as its folder. */
function hasFormat(path: string, format: string): boolean {
  const word = format.replace(/[^\w-]/g, '').replace(/-/g, '[-_]');
  return new RegExp(`(?:^|[/._-])${word}(?:[/._-]|$)`, 'i').test(path.replace(/\.gguf$/i, ''));
}

function formatOf(name: string): string {
  const match = /(?:^|[/._-])((?:UD-)?(?:I?Q\d\w*|TQ\d\w*|BF16|F16|F32|MXFP4\w*))(?=[/.]|$)/i.exec(
    name.replace(/\.gguf$/i, ''),
  );
  return match?.[1] ?? name.split('/').at(-1)!;
}

function refusalOf(status: number, repository: string, hub: Hub): DownloadError {
  const { host } = new URL(hub.baseUrl);
  if (status === 401 || status === 403 || status === 404)
    return new DownloadError(
      `${host} shows no repository ${repository} (${status}): its name is wrong, or its terms must be accepted there and HF_TOKEN be set`,
    );
  return new DownloadError(`${host} answered ${status} when asked for the files of ${repository}`, status >= 500);
}
