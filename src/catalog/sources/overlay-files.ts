/** The files of `data/` that the catalogue is built from; also what the freshness of a snapshot is judged by. */
export const OVERLAY_FILES = ['authors', 'licences', 'llama-4-scout', 'models', 'providers', 'releases'].map(
  (name) => `${name}.toml`,
);
