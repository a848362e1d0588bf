/** Stands between a model's name and a preset's slug, or before the slug alone. */
export const PRESET_MARK = '@preset/';

/** `author/name@preset/slug`, or `@preset/slug` with an empty model. */
export function readPresetName(slug: string): { readonly model: string; readonly preset?: string } {
  const at = slug.indexOf(PRESET_MARK);
  return at < 0 ? { model: slug } : { model: slug.slice(0, at), preset: slug.slice(at + PRESET_MARK.length) };
}
