import type { RequestQuirks } from '../formats/format.ts';

/** The provider's departures from its format, with those of this one of its models. */
export function quirksFor(quirks: RequestQuirks = {}, upstreamModel: string): RequestQuirks {
  const { models, ...all } = quirks;
  const own = models?.find(({ match }) => match.test(upstreamModel));
  return own ? { ...all, ...own.quirks } : all;
}
