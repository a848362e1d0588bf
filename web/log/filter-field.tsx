import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { Icon } from '../parts/icon.tsx';
import { suggest } from './filter-language.ts';

export interface FilterFieldProps {
  readonly text: string;
  readonly problems: readonly string[];
  /** Known values by field, for suggestions. */
  readonly values: Readonly<Record<string, readonly string[]>>;
  apply(text: string): void;
}

/** So long typing may pause before the log is asked. */
const TYPED_MS = 350;

/** One line in the log's filter language, with suggestions for the word at the caret. */
export function FilterField({ text, problems, values, apply }: FilterFieldProps) {
  const [draft, setDraft] = useState(text);
  const [caret, setCaret] = useState(text.length);
  const [isOpen, setOpen] = useState(false);
  const [chosen, setChosen] = useState(-1);
  const listId = useId();
  const problemId = useId();
  const field = useRef<HTMLInputElement>(null);
  const found = isOpen ? suggest(draft, caret, values) : [];
  useEffect(() => setDraft(text), [text]);
  useEffect(() => {
    if (draft.trim() === text) return;
    const timer = setTimeout(() => apply(draft.trim()), TYPED_MS);
    return () => clearTimeout(timer);
  }, [draft, text, apply]);

  const take = (taken: string) => {
    setDraft(taken);
    setChosen(-1);
    field.current?.focus();
    setCaret(taken.length);
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && found.length > 0) {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      setChosen((chosen + step + found.length) % found.length);
    } else if (event.key === 'Enter') {
      const suggestion = found[chosen];
      if (suggestion) take(suggestion.text);
      else {
        setOpen(false);
        apply(draft.trim());
      }
    } else if (event.key === 'Tab' && found[chosen]) {
      event.preventDefault();
      take(found[chosen].text);
    } else if (event.key === 'Escape') setOpen(false);
  };
  return (
    <div className="relative min-w-0 flex-[1_1_20rem]">
      <Icon name="filter" className="absolute top-2 left-2.5 size-4 text-soft" />
      <input
        ref={field}
        data-search
        role="combobox"
        aria-label="Filter of the log"
        aria-expanded={found.length > 0}
        aria-controls={listId}
        aria-activedescendant={chosen >= 0 ? `${listId}-${chosen}` : undefined}
        aria-invalid={problems.length > 0}
        aria-describedby={problemId}
        autoComplete="off"
        spellCheck={false}
        placeholder="model:scout status>=500 cost>0.01"
        className="min-h-8 w-full rounded-md border border-line-strong bg-surface pr-3 pl-8 font-mono text-sm placeholder:text-soft pointer-coarse:min-h-11"
        value={draft}
        onChange={({ target }) => {
          setDraft(target.value);
          setCaret(target.selectionStart ?? target.value.length);
          setOpen(true);
          setChosen(-1);
        }}
        onSelect={({ currentTarget }) => setCaret(currentTarget.selectionStart ?? 0)}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={press}
      />
      <div
        id={listId}
        role="listbox"
        aria-label="Suggestions"
        className={`absolute top-full left-0 z-30 mt-1 w-full max-w-lg rounded-md border border-line-strong bg-surface p-1 shadow-lg ${found.length === 0 ? 'hidden' : ''}`}
      >
        {found.map((suggestion, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the field's, which holds the focus
          <div
            key={suggestion.label}
            id={`${listId}-${index}`}
            role="option"
            aria-selected={index === chosen}
            tabIndex={-1}
            className="flex cursor-pointer items-baseline gap-3 rounded-sm px-2.5 py-1.5 text-sm -outline-offset-2 outline-accent aria-selected:bg-raised aria-selected:outline-2 pointer-coarse:py-2.5"
            // The field keeps the focus.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(suggestion.text)}
          >
            <bdi className="min-w-0 truncate font-mono">{suggestion.label}</bdi>
            <span className="min-w-0 truncate text-xs text-soft">{suggestion.hint}</span>
          </div>
        ))}
      </div>
      <p id={problemId} className="mt-1 text-sm text-bad empty:hidden" role="status">
        {problems.join(' · ')}
      </p>
    </div>
  );
}
