import type { EarlyInput } from '../../src/contract/early-input.ts';

/** Does once more what the visitor did on the page that the server drew: the same page stands in its place now, and answers. */
export function replayEarlyInput(root: Element): void {
  const inputs = window.earlyInputs ?? [];
  // All are found before the first is done: it may change the page.
  const found = inputs.map((input) => ({ input, control: find(root, input) }));
  inputs.length = 0;
  for (const { input, control } of found) if (control?.isConnected) replay(input, control);
}

/** Undefined where something else stands in its place. */
function find(root: Element, { path, tag, words }: EarlyInput): HTMLElement | undefined {
  let at: Element | undefined = root;
  for (const index of path) at = at?.children[index];
  if (!(at instanceof HTMLElement) || at.tagName !== tag) return undefined;
  return (at.getAttribute('aria-label') ?? at.textContent ?? '').startsWith(words) ? at : undefined;
}

function replay({ type, value }: EarlyInput, control: HTMLElement): void {
  if (type === 'focus') {
    control.focus();
    return;
  }
  if (type === 'click') {
    control.click();
    return;
  }
  const holder = Object.getPrototypeOf(control) as object;
  // Past React, which else takes the value for its own and no change.
  Object.getOwnPropertyDescriptor(holder, 'value')?.set?.call(control, value);
  control.dispatchEvent(new Event('input', { bubbles: true }));
  control.dispatchEvent(new Event('change', { bubbles: true }));
}
