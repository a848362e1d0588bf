/** Why a download came to nothing, in words for the person at the terminal. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError';
  /** The same command again may succeed, without anybody changing anything. */
  readonly isPassing: boolean;

  constructor(message: string, isPassing = false) {
    super(message);
    this.isPassing = isPassing;
  }
}
