import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode, RefObject } from 'react';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';

export interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly children: ReactNode;
  /** `sheet` comes from the right at full height: for looking into a row without leaving the list. */
  readonly shape?: 'middle' | 'sheet' | 'wide';
  /** What gets the focus first, instead of the cross. Not `autoFocus`: that comes before it is noted where the focus goes back to. */
  readonly firstFocus?: RefObject<HTMLElement | null>;
  /** Below the title, above the content. */
  readonly note?: ReactNode;
}

const SHAPES = {
  middle: 'top-[8dvh] left-1/2 max-h-[84dvh] w-[min(36rem,calc(100vw-1.5rem))] -translate-x-1/2 rounded-lg border',
  wide: 'top-[5dvh] left-1/2 max-h-[90dvh] w-[min(64rem,calc(100vw-1.5rem))] -translate-x-1/2 rounded-lg border',
  sheet: 'top-0 right-0 h-dvh w-[min(44rem,100vw)] border-l',
} as const;

/** Drawn while it is there: the parent takes it away when `close` is called (Esc, the cross, a click beside it). */
export function Dialog({ title, close, children, shape = 'middle', note, firstFocus }: DialogProps) {
  return (
    <Base.Root open onOpenChange={(isOpen) => !isOpen && close()}>
      <Base.Portal>
        <Base.Backdrop className="fixed inset-0 z-50 bg-[rgb(0_0_0/0.45)]" />
        <Base.Popup
          {...(firstFocus && { initialFocus: firstFocus })}
          className={`fixed z-50 flex flex-col border-line-strong bg-surface shadow-xl outline-none ${SHAPES[shape]}`}
        >
          <div className="flex items-start gap-3 border-b border-line px-5 py-3">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-lg font-semibold">{title}</Base.Title>
              {note && <div className="text-sm text-soft">{note}</div>}
            </div>
            <Base.Close
              render={
                <IconButton label="Close">
                  <Icon name="close" />
                </IconButton>
              }
            />
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
