/** What the commands over the operator's own models ask for, and what they are told. */

export interface ModelOrder {
  /** A path, an address, or `user/repository:FORMAT` of the model hub. */
  readonly source: string;
  /** A path or an address; `none` leaves out what the hub would offer. */
  readonly projector?: string;
  readonly id?: string;
  readonly contextTokens?: number;
  readonly slots?: number;
  /** Path of a `llama-server`. */
  readonly engine?: string;
  readonly idleMinutes?: number;
  /** Expected checksum of the file that is downloaded. */
  readonly sha256?: string;
  readonly autoload: boolean;
  readonly force: boolean;
  /** Nothing is asked. */
  readonly yes: boolean;
}

/** Is told while it goes on. */
export interface ModelView {
  /** One fact, such as `Memory` and what is to say of it; a title of '' goes on with the one before. */
  tell(title: string, text: string): void;
  progress(progress: ModelProgress): void;
  /** False where nobody can be asked. */
  confirm(question: string): Promise<boolean>;
}

export interface ModelProgress {
  /** Such as `Downloading scout.gguf` or `Loading`. */
  readonly what: string;
  readonly done: number;
  /** Undefined where nobody knows. */
  readonly total?: number;
  readonly unit: 'bytes' | 'share';
}

export interface LocalModelRow {
  readonly id: string;
  readonly state: string;
  /** Why it is in this state, where there is something to say. */
  readonly reason?: string;
  readonly format?: string;
  readonly contextTokens: number;
  readonly slots: number;
  readonly vision: boolean;
  readonly fileBytes: number;
  readonly needBytes: number;
  readonly residentBytes?: number;
  readonly users?: number;
  readonly path: string;
  readonly projector?: string;
  readonly idleMinutes?: number;
  readonly autoload: boolean;
}

export interface LocalModelList {
  /** Of the gateway that runs them; undefined where none with this data folder runs. */
  readonly gateway?: string;
  readonly models: readonly LocalModelRow[];
}
