/** Brings weights of an address or of the model hub here: looked at before a byte of them is kept, and asked about where they are large. */
import { createHash } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { printBytes } from '../base/print-bytes.ts';
import { Secret } from '../base/secret.ts';
import type { ModelOrder, ModelView } from '../cli/model-order.ts';
import { DownloadError } from '../engines/download-error.ts';
import { type DownloadTools, downloadFile } from '../engines/download-file.ts';
import { inspectRemote, type RemoteModel } from '../engines/inspect-remote.ts';
import { chooseHubFiles, HUB_URL, type Hub, listHubFiles } from '../engines/model-hub.ts';
import type { ModelSource } from '../engines/model-source.ts';
import { parseUrl } from '../engines/open-download.ts';
import { readWithProgress } from '../engines/read-with-progress.ts';

/** One file to download. */
interface Wanted {
  readonly url: string;
  readonly target: string;
  readonly token?: Secret;
  readonly sha256?: { readonly hex: string; readonly from: 'the command' | 'the model hub' };
}

/** Files that are somewhere else, before anything of them is here. */
export interface RemotePlan {
  readonly weights: readonly Wanted[];
  readonly projector?: Wanted;
  /** What their headers say; undefined where the server does not let us look. */
  readonly look?: RemoteModel;
}

export interface FetchParts {
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly tools: Omit<DownloadTools, 'onProgress'>;
}

export function modelsFolder(home: string): string {
  return join(home, 'models');
}

/** Asks for names and headers only. */
export async function planFetch(
  source: Exclude<ModelSource, { type: 'file' }>,
  order: ModelOrder,
  parts: FetchParts,
  view: ModelView,
): Promise<RemotePlan> {
  const files =
    source.type === 'hub' ? await planHub(source, order, parts, view) : planAddress(source.url, order, parts);
  const remote = (wanted: Wanted) => ({ ...wanted, name: nameOf(wanted.target) });
  const look = await inspectRemote(files.weights.map(remote), files.projector && remote(files.projector), parts.tools);
  return { ...files, ...(look && { look }) };
}

/** Returns where the files are now. */
export async function fetchPlanned(
  plan: RemotePlan,
  order: ModelOrder,
  parts: FetchParts,
  view: ModelView,
): Promise<{ readonly model: string; readonly projector?: string }> {
  const all = plan.projector ? [...plan.weights, plan.projector] : plan.weights;
  const missing = all.filter(({ target }) => !existsSync(target));
  const bytes = (plan.look?.weights.bytes ?? 0) + (plan.look?.projector?.bytes ?? 0);
  if (missing.length > 0 && !order.yes) {
    const what = bytes > 0 ? printBytes(bytes) : `${missing.length} files`;
    if (!(await view.confirm(`Download ${what} to ${folderOf(missing[0]!.target)}?`)))
      throw new Error(`nothing was downloaded: --yes downloads ${what} without asking.`);
  }
  for (const wanted of all) await fetchOne(wanted, order, parts, view);
  return { model: plan.weights[0]!.target, ...(plan.projector && { projector: plan.projector.target }) };
}

async function fetchOne(wanted: Wanted, order: ModelOrder, parts: FetchParts, view: ModelView): Promise<void> {
  const { target } = wanted;
  if (existsSync(target)) {
    await checkEarlier(wanted, parts, view);
    view.tell('File', `${target} is here already, ${printBytes(statSync(target).size)}`);
    return;
  }
  const done = await downloadFile(
    { ...wanted, startsAnew: order.force },
    {
      ...parts.tools,
      onProgress: (what, done, total) =>
        view.progress({ what, done, unit: 'bytes', ...(total !== undefined && { total }) }),
    },
  );
  view.tell('File', `${target}, ${printBytes(done.bytes)}`);
  view.tell(
    '',
    done.checkedBy === undefined
      ? `sha256 ${done.sha256}, which nobody told us to expect`
      : `sha256 ${done.sha256}, as ${done.checkedBy} says`,
  );
}

/** What the hub said was checked when it came; what the command says now is new. */
async function checkEarlier({ target, sha256 }: Wanted, { tools }: FetchParts, view: ModelView): Promise<void> {
  if (sha256?.from !== 'the command') return;
  const hash = createHash('sha256');
  const pieces = readWithProgress(target, `Checking ${nameOf(target)}`, {
    signal: tools.signal,
    onProgress: (what, done, total) => view.progress({ what, done, total, unit: 'bytes' }),
  });
  for await (const piece of pieces) hash.update(piece);
  const found = hash.digest('hex');
  if (found !== sha256.hex)
    throw new DownloadError(
      `${target} is here already with another checksum: the command says ${sha256.hex}, and it is ${found}`,
    );
}

async function planHub(
  { repository, format }: Extract<ModelSource, { type: 'hub' }>,
  order: ModelOrder,
  parts: FetchParts,
  view: ModelView,
): Promise<RemotePlan> {
  const hub = hubOf(parts.environment);
  const files = await listHubFiles(hub, repository, parts.tools);
  const choice = chooseHubFiles(files, repository, format);
  const host = new URL(hub.baseUrl).host;
  view.tell('Source', `${choice.format} of ${repository} at ${host}`);
  const folder = join(modelsFolder(parts.home), ...repository.split('/'));
  const wanted = ({ path, url, sha256 }: (typeof files)[number]): Wanted => ({
    ...{ url, target: join(folder, nameOf(path)) },
    ...(hub.token && { token: hub.token }),
    ...(sha256 !== undefined && { sha256: { hex: sha256, from: 'the model hub' } }),
  });
  const projector = await planProjector(order, parts, choice.projector && wanted(choice.projector));
  return { weights: choice.weights.map(wanted), ...(projector && { projector }) };
}

function planAddress(address: string, order: ModelOrder, parts: FetchParts): RemotePlan {
  const urls = partsOf(address);
  if (order.sha256 !== undefined && urls.length > 1)
    throw new Error('--sha256 is for one file, and this model has several.');
  const weights = urls.map((url) => wantedOf(url, parts, order.sha256));
  const projector = order.projector?.includes('://') ? wantedOf(order.projector, parts) : undefined;
  return { weights, ...(projector && { projector }) };
}

/** An address of its own goes before what the hub has beside the weights; a file of this machine needs no download. */
async function planProjector(
  order: ModelOrder,
  parts: FetchParts,
  offered: Wanted | undefined,
): Promise<Wanted | undefined> {
  if (order.projector === undefined) return offered;
  return order.projector.includes('://') ? wantedOf(order.projector, parts) : undefined;
}

function wantedOf(address: string, parts: FetchParts, sha256?: string): Wanted {
  const url = parseUrl(address);
  const name = nameOf(decodeURIComponent(url.pathname));
  if (!/\.gguf$/i.test(name)) throw new DownloadError(`${address} does not name a .gguf file`);
  const hub = hubOf(parts.environment);
  const isHub = url.origin === new URL(hub.baseUrl).origin;
  return {
    ...{ url: url.href, target: join(modelsFolder(parts.home), url.host.replace(/[^\w.-]/g, '-'), name) },
    ...(isHub && hub.token && { token: hub.token }),
    ...(sha256 !== undefined && { sha256: { hex: sha256, from: 'the command' } }),
  };
}

/** Parts of a split file lie side by side, wherever they are. */
function partsOf(address: string): readonly string[] {
  const match = /^(.*-)(\d{5})(-of-)(\d{5})(\.gguf)(\?.*)?$/i.exec(address);
  if (!match) return [address];
  const [, head = '', , of = '', count = '', tail = '', query = ''] = match;
  return Array.from(
    { length: Math.min(1000, Number(count)) },
    (_, i) => head + String(i + 1).padStart(5, '0') + of + count + tail + query,
  );
}

function hubOf(environment: FetchParts['environment']): Hub {
  const token = environment.HF_TOKEN;
  return { baseUrl: environment.HF_ENDPOINT || HUB_URL, ...(token && { token: new Secret(token) }) };
}

/** The last part of a path, as a name that every system takes. */
function nameOf(path: string): string {
  const name = path
    .split(/[\\/]/)
    .at(-1)!
    .replace(/[^\w.+@-]/g, '-')
    .replace(/^\.+/, '');
  return name.slice(-200);
}

function folderOf(path: string): string {
  return join(path, '..');
}
