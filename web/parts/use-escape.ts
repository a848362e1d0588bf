import { useEffect } from 'react';

/** Escape closes what has this id and gives the focus back to what opened it: its summary, or the button that names it in `aria-controls`. */
export function useEscape(id: string, isOpen: boolean, close: () => void): void {
  useEffect(() => {
    if (!isOpen) return undefined;
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
      event.preventDefault();
      close();
      const summary = document.getElementById(id)?.querySelector('summary');
      (summary ?? document.querySelector<HTMLElement>(`[aria-controls="${id}"]`))?.focus();
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  }, [id, isOpen, close]);
}
