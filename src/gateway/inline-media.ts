import type { FetchedMedia } from '../formats/format.ts';
import { Failure } from '../generation/failure.ts';
import type { GenerationRequest, Part } from '../generation/request.ts';
import type { MediaFetcher } from './fetch-media.ts';

/** Against a request of a thousand addresses, each of which we would fetch. */
const ADDRESSES_MAX = 20;

/** The media that a request gives by address, fetched once however many endpoints are tried. */
export class InlineMedia {
  readonly #fetcher: MediaFetcher;
  readonly #request: GenerationRequest;
  #addresses: readonly string[] | undefined;
  readonly #fetched = new Map<string, Promise<FetchedMedia>>();

  constructor(fetcher: MediaFetcher, request: GenerationRequest) {
    this.#fetcher = fetcher;
    this.#request = request;
  }

  /** Undefined when nothing is to be fetched. What `isOpened` the provider opens itself. */
  fetch(
    signal: AbortSignal,
    isOpened?: (address: string) => boolean,
  ): Promise<ReadonlyMap<string, FetchedMedia>> | undefined {
    // Only a request with media is read at all.
    if (this.#request.features.inputModalities.length <= 1) return undefined;
    this.#addresses ??= addressesOf(this.#request);
    const addresses = isOpened ? this.#addresses.filter((address) => !isOpened(address)) : this.#addresses;
    return addresses.length === 0 ? undefined : this.#fetchAll(addresses, signal);
  }

  async #fetchAll(addresses: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, FetchedMedia>> {
    if (addresses.length > ADDRESSES_MAX) {
      throw new Failure('media-unavailable', { message: `At most ${ADDRESSES_MAX} files can be given by address` });
    }
    const media = await Promise.all(
      addresses.map(async (address) => [address, await this.#fetchOne(address, signal)] as const),
    );
    return new Map(media);
  }

  #fetchOne(address: string, signal: AbortSignal): Promise<FetchedMedia> {
    const fetched = this.#fetched.get(address) ?? this.#fetcher.fetch(address, signal);
    this.#fetched.set(address, fetched);
    return fetched;
  }
}

function addressesOf(request: GenerationRequest): readonly string[] {
  const addresses = new Set<string>();
  const visit = (parts: readonly Part[]): void => {
    for (const part of parts) {
      if (part.type === 'tool-result') visit(part.content);
      else if (part.type === 'media' && 'url' in part.source && /^https?:/i.test(part.source.url)) {
        addresses.add(part.source.url);
      }
    }
  };
  for (const message of request.content().messages) visit(message.content);
  return [...addresses];
}
