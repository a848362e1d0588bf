/** What a visitor did on a page as the server drew it, before its scripts answered. */
export interface EarlyInput {
  readonly type: 'click' | 'input' | 'focus';
  /** From the place of the pages down: which child, and so on. */
  readonly path: readonly number[];
  readonly tag: string;
  /** What stands on it, by which it is known again. */
  readonly words: string;
  /** What was typed or chosen. */
  readonly value?: string;
}

declare global {
  interface Window {
    /** Oldest first. */
    earlyInputs?: EarlyInput[];
  }
}
