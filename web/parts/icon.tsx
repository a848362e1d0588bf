/** Our own few signs, 16 units wide, drawn in strokes of the text's colour. */
const PATHS = {
  search: 'M7 12.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11ZM11 11l3.5 3.5',
  menu: 'M2 4h12M2 8h12M2 12h12',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  copy: 'M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z',
  check: 'M2.5 8.5l3.5 3.5 7.5-8',
  down: 'M3.5 6l4.5 4.5L12.5 6',
  right: 'M6 3.5l4.5 4.5L6 12.5',
  left: 'M10 3.5L5.5 8l4.5 4.5',
  up: 'M3.5 10L8 5.5l4.5 4.5',
  plus: 'M8 2.5v11M2.5 8h11',
  theme: 'M8 1.5a6.5 6.5 0 1 0 0 13zM8 1.5a6.5 6.5 0 0 1 0 13',
  user: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 14.5c0-3 2.5-4.5 5.5-4.5s5.5 1.5 5.5 4.5',
  out: 'M9 2.5h4.5v11H9M10 8H2M5 5L2 8l3 3',
  warning: 'M8 2l6.5 11.5h-13zM8 6.5v3.5M8 11.8v.4',
  send: 'M2 8l12-5.5L9.5 14 7.5 9zM7.5 9L14 2.5',
  stop: 'M4 4h8v8H4z',
  retry: 'M13.5 8a5.5 5.5 0 1 1-1.8-4.1M13.5 1.5v3h-3',
  more: 'M3 8h.01M8 8h.01M13 8h.01',
  filter: 'M1.5 3h13l-5 6v4.5l-3-1.5V9z',
  external: 'M6.5 3h-4v10.5H13v-4M9.5 2.5h4v4M13.5 2.5L7.5 8.5',
  image: 'M2 3h12v10H2zM2 11l3.5-3.5 3 3L11 8l3 3M5.5 6.2v-.4',
  chart: 'M2 2v12h12M5 11V8M8 11V5M11 11V7',
} as const;

export type IconName = keyof typeof PATHS;

/** Decoration: the words beside it, or the button around it, say what it means. */
export function Icon({ name, className = 'size-4' }: { readonly name: IconName; readonly className?: string }) {
  return (
    <svg
      className={`${className} shrink-0`}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
