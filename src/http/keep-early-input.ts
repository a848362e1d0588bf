import type { EarlyInput } from '../contract/early-input.ts';

/**
 * Runs in the visitor's browser, from within the page: whatever is clicked and typed while the scripts are on their way is
 * kept for them (`web/shell/replay-early-input.ts`). Links are left to the browser, which follows them by itself.
 */
function keepEarlyInput(): void {
  const INPUTS_MAX = 100;
  const roles = ['button', 'tab', 'switch', 'checkbox', 'radio', 'combobox', 'menuitem'];
  const CONTROLS = `a[href],button,input,select,textarea,summary,${roles.map((role) => `[role=${role}]`)}`;
  /** Of a click there, what it changes comes as an input of its own, or another page does. */
  const DONE_BY_BROWSER = 'a[href],select,textarea,input:not([type=checkbox],[type=radio])';
  const inputs: EarlyInput[] = [];
  window.earlyInputs = inputs;
  const keep = (event: Event): void => {
    if ('answering' in document.documentElement.dataset || inputs.length >= INPUTS_MAX) return;
    const type = event.type === 'focusin' ? 'focus' : (event.type as 'click' | 'input');
    const target = event.target as Element;
    const control = target.closest<HTMLElement>(CONTROLS);
    if (!control || (type === 'click' && control.matches(DONE_BY_BROWSER))) return;
    const path: number[] = [];
    for (let at: Element = control; at.id !== 'root'; at = at.parentElement) {
      if (!at.parentElement) return;
      path.unshift([...at.parentElement.children].indexOf(at));
    }
    const { value } = control as HTMLInputElement;
    const words = (control.getAttribute('aria-label') ?? control.textContent ?? '').slice(0, 80);
    const last = inputs.at(-1);
    // Of what is typed letter by letter the last is all of it.
    if (type === 'input' && last?.type === type && last.path.join() === path.join()) inputs.pop();
    inputs.push({ type, path, tag: control.tagName, words, ...(type === 'input' && { value }) });
  };
  // Its button's click is kept. By itself the browser would leave for where no script knows what was sent.
  const hold = (event: Event): void => {
    const isOurs = !(event.target as Element).hasAttribute('action');
    if (isOurs && !('answering' in document.documentElement.dataset)) event.preventDefault();
  };
  addEventListener('submit', hold, true);
  for (const type of ['click', 'input', 'focusin']) addEventListener(type, keep, true);
}

/** For a `<script>` in the page. */
export const KEEP_EARLY_INPUT = `(${keepEarlyInput.toString()})()`;
