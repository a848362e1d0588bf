/**
 * What is asked within a page: who can be reached, how the focus is seen, what is cut or covered. `installInPage` runs in the
 * browser, from its own text: it uses nothing of this file's surroundings.
 */

export interface InPage {
  /** Tab goes on from the top of the page. */
  goToTop(): void;
  /** Watches the focus from now on: from the top of the page, or among what stands within a part of it. */
  beginWalk(within?: string): void;
  /** True once the focus came around. */
  isAround(): boolean;
  /** What has the focus, in words. */
  tellFocus(): string;
  /** What the walk found wrong, each once. */
  endWalk(): readonly string[];
  /** What a narrow window cuts, covers or makes too small. */
  findLosses(): readonly string[];
  /** What can be used now, by its address or by role and name. */
  offers(): readonly string[];
}

declare global {
  interface Window {
    inPage: InPage;
  }
}

export function installInPage(): void {
  const INTERACTIVE =
    'a[href], button, input, select, textarea, summary, [tabindex], [role="button"], [role="link"], [role="option"], [role="menuitem"], [role="menuitemradio"], [contenteditable="true"]';

  const tell = (element: Element): string => {
    const words = (element.getAttribute('aria-label') ?? element.textContent ?? '').replace(/\s+/g, ' ').trim();
    const id = element.id && !/^base-ui|^_r_/.test(element.id) ? `#${element.id}` : '';
    const address = element.getAttribute('href');
    return `<${element.localName}${id}${address === null ? '' : ` ${address}`}> “${words.slice(0, 50)}”`;
  };

  const isVisible = (element: Element): boolean => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0;
  };

  const isForEyesOnly = (element: Element) => element.closest('[aria-hidden="true"], [inert]') !== null;

  const canBeUsed = (element: Element): boolean =>
    isVisible(element) && !isForEyesOnly(element) && !element.matches(':disabled, input[type="hidden"]');

  const interactive = () => [...document.querySelectorAll(INTERACTIVE)].filter(canBeUsed);

  /** One of a group of radio buttons stands in the order of Tab; the arrows reach the others. */
  const isTabStop = (element: Element): boolean => {
    if ((element as HTMLElement).tabIndex < 0) return false;
    if (!(element instanceof HTMLInputElement) || element.type !== 'radio' || element.checked) return true;
    const group = [...document.querySelectorAll<HTMLInputElement>('input[type="radio"]')].filter(
      ({ name, form }) => name === element.name && form === element.form,
    );
    return !group.some(({ checked }) => checked) && group[0] === element;
  };

  const clippersOf = (element: Element): readonly DOMRect[] => {
    const found: DOMRect[] = [new DOMRect(0, 0, window.innerWidth, window.innerHeight)];
    let inner = getComputedStyle(element).position;
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
      const style = getComputedStyle(at);
      const isContaining = style.position !== 'static' || style.transform !== 'none';
      if (style.overflow !== 'visible' && (inner !== 'absolute' || isContaining))
        found.push(at.getBoundingClientRect());
      if (inner === 'fixed' && isContaining) break;
      if (inner !== 'absolute' || isContaining) inner = style.position;
    }
    return found;
  };

  const holds = (rect: DOMRect, [x, y]: readonly [number, number], slack = 0.5) =>
    x >= rect.left - slack && x <= rect.right + slack && y >= rect.top - slack && y <= rect.bottom + slack;

  /** Its outline is at least 2 px, of a colour of its own, and three of its four sides are drawn. */
  const findRingProblem = (element: Element): string | undefined => {
    const style = getComputedStyle(element);
    const width = Number.parseFloat(style.outlineWidth);
    if (style.outlineStyle === 'none' || width < 2) return 'shows no focus';
    const out = Number.parseFloat(style.outlineOffset) + width / 2;
    const rect = element.getClientRects()[0] ?? element.getBoundingClientRect();
    const middle = [(rect.left + rect.right) / 2, (rect.top + rect.bottom) / 2] as const;
    const sides = [
      [rect.left - out, middle[1]],
      [rect.right + out, middle[1]],
      [middle[0], rect.top - out],
      [middle[0], rect.bottom + out],
    ] as const;
    const clippers = clippersOf(element);
    const drawn = sides.filter((side) => clippers.every((clipper) => holds(clipper, side)));
    const isTall = rect.height > window.innerHeight / 2 || rect.width > window.innerWidth - 40;
    return drawn.length >= (isTall ? 1 : 3) ? undefined : `has its focus ring cut (${drawn.length} of 4 sides)`;
  };

  /** Nothing lies above it: no bar that sticks, no popup that stayed. */
  const isCovered = (element: Element): boolean => {
    const rect = element.getClientRects()[0] ?? element.getBoundingClientRect();
    const left = Math.max(rect.left, 0);
    const right = Math.min(rect.right, window.innerWidth);
    const top = Math.max(rect.top, 0);
    const bottom = Math.min(rect.bottom, window.innerHeight);
    const at = (x: number, y: number) => {
      const hit = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
      return hit !== null && (element.contains(hit) || hit.contains(element) || isLabelOf(hit, element));
    };
    if (right <= left || bottom <= top) return true;
    const seen = [at(0.5, 0.5), at(0.1, 0.15), at(0.9, 0.15), at(0.1, 0.85), at(0.9, 0.85)];
    return seen.filter(Boolean).length < 3;
  };

  const isLabelOf = (hit: Element, element: Element) =>
    [...((element as HTMLInputElement).labels ?? [])].some((label) => label.contains(hit) || hit.contains(label));

  let visited = new Set<Element>();
  let stops: readonly Element[] = [];
  let problems = new Set<string>();
  let inside: string | undefined;
  let first: Element | undefined;
  let isAround = false;

  const look = () => {
    const element = document.activeElement;
    if (!element || element === document.body) return;
    if (inside !== undefined && !element.closest(inside)) {
      // What keeps the focus within a dialog stands at its ends and passes it on.
      if (!element.hasAttribute('data-base-ui-focus-guard'))
        problems.add(`${tell(element)} is outside, and the focus went there`);
      return;
    }
    if (element === first) isAround = true;
    first ??= element;
    if (visited.has(element)) return;
    visited.add(element);
    const ring = findRingProblem(element);
    if (ring) problems.add(`${tell(element)} ${ring}`);
    if (isCovered(element)) problems.add(`${tell(element)} has the focus and is covered or out of sight`);
    if (!isVisible(element)) problems.add(`${tell(element)} has the focus and is invisible`);
  };
  const onTab = (event: KeyboardEvent) => {
    if (event.key === 'Tab' && !isAround) look();
  };

  /** Looks as if it could be clicked, and keys do not reach it. */
  const findMouseOnly = () =>
    [...document.querySelectorAll('body *')].filter(
      (element) =>
        getComputedStyle(element).cursor === 'pointer' &&
        isVisible(element) &&
        element.closest(`${INTERACTIVE}, label`) === null,
    );

  const goToTop = () => {
    window.scrollTo(0, 0);
    // Tab goes on from where the focus was last, though its element is gone.
    const top = document.createElement('span');
    top.tabIndex = -1;
    document.body.prepend(top);
    top.focus();
    top.remove();
  };

  const beginWalk = (within?: string) => {
    if (within === undefined) goToTop();
    inside = within;
    visited = new Set();
    problems = new Set();
    first = undefined;
    isAround = false;
    stops = interactive().filter(
      (element) => isTabStop(element) && (inside === undefined || element.closest(inside) !== null),
    );
    window.addEventListener('keydown', onTab, true);
  };

  const endWalk = () => {
    look();
    window.removeEventListener('keydown', onTab, true);
    if (!isAround) problems.add(`Tab did not come around after ${visited.size} stops`);
    for (const stop of stops)
      if (!visited.has(stop) && stop.isConnected && canBeUsed(stop))
        problems.add(`${tell(stop)} is not reached by Tab`);
    if (inside === undefined)
      for (const element of findMouseOnly()) problems.add(`${tell(element)} is only for the mouse`);
    return [...problems];
  };

  /** 2.5.8: 24 px either way, or nothing else within 12 px of its middle. Words within a sentence are excepted. */
  const findSmallTargets = (): readonly string[] => {
    const targets = interactive().filter((element) => element.matches('a, button, input, select, textarea, summary'));
    const boxes = targets.map((element) => ({ element, rect: outerRect(element) }));
    return boxes
      .filter(({ rect }) => rect.width < 23.5 || rect.height < 23.5)
      .filter(({ element }) => !isForEars(element) && !isWithinSentence(element))
      .filter(({ element, rect }) => {
        const x = (rect.left + rect.right) / 2;
        const y = (rect.top + rect.bottom) / 2;
        return boxes.some((other) => {
          if (other.element === element || other.element.contains(element) || element.contains(other.element))
            return false;
          const isSmall = other.rect.width < 23.5 || other.rect.height < 23.5;
          const byX = Math.max(other.rect.left - x, 0, x - other.rect.right);
          const byY = Math.max(other.rect.top - y, 0, y - other.rect.bottom);
          if (Math.hypot(byX, byY) < 12) return true;
          const between = Math.hypot(
            (other.rect.left + other.rect.right) / 2 - x,
            (other.rect.top + other.rect.bottom) / 2 - y,
          );
          return isSmall && between < 24;
        });
      })
      .map(({ element, rect }) => `${tell(element)} is ${Math.round(rect.width)} × ${Math.round(rect.height)} px`);
  };

  /** A box and its label are one target. */
  const outerRect = (element: Element): DOMRect => {
    const label = element.closest('label') ?? (element as HTMLInputElement).labels?.[0];
    const own = element.getBoundingClientRect();
    return label && element.matches('input[type="checkbox"], input[type="radio"]')
      ? label.getBoundingClientRect()
      : own;
  };

  const isWithinSentence = (element: Element): boolean => {
    if (getComputedStyle(element).display !== 'inline') return false;
    let around = element.parentElement!;
    while (getComputedStyle(around).display === 'inline') around = around.parentElement!;
    const words = (of: Element) => (of.textContent ?? '').replace(/\s+/g, '').length;
    const inLinks = [...around.querySelectorAll('a, button')].reduce((sum, link) => sum + words(link), 0);
    return words(around) > inLinks + 2;
  };

  const isCutOnPurpose = (element: Element): boolean => {
    const style = getComputedStyle(element);
    const isShortened = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
    const scrolls = (value: string) => value === 'auto' || value === 'scroll';
    return isShortened || scrolls(style.overflowX) || scrolls(style.overflowY);
  };

  const isForEars = (element: Element): boolean => {
    for (let at: Element | null = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.clipPath === 'inset(50%)' || (style.position === 'absolute' && at.clientWidth <= 1)) return true;
    }
    return false;
  };

  const findCut = (): readonly string[] =>
    [...document.querySelectorAll('body *')]
      .filter((element) => element instanceof HTMLElement && isVisible(element))
      .filter(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) => {
        return scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1;
      })
      .filter((element) => {
        const { overflowX, overflowY } = getComputedStyle(element);
        const hides = (value: string) => value === 'hidden' || value === 'clip';
        const isWide = element.scrollWidth > element.clientWidth + 1 && hides(overflowX);
        const isTall = element.scrollHeight > element.clientHeight + 1 && hides(overflowY);
        return (isWide || isTall) && !isCutOnPurpose(element) && !isForEars(element);
      })
      .map((element) => `${tell(element)} cuts its content (${element.scrollWidth} in ${element.clientWidth})`);

  interface Words {
    readonly element: Element;
    readonly rect: DOMRect;
  }

  const visiblePart = (rect: DOMRect, clippers: readonly DOMRect[]): DOMRect => {
    let { left, top, right, bottom } = rect;
    for (const clipper of clippers.slice(1)) {
      left = Math.max(left, clipper.left);
      top = Math.max(top, clipper.top);
      right = Math.min(right, clipper.right);
      bottom = Math.min(bottom, clipper.bottom);
    }
    return new DOMRect(left, top, Math.max(0, right - left), Math.max(0, bottom - top));
  };

  /** Every run of text with where it is drawn; what floats above the page on purpose is left out. */
  const readWords = (): readonly Words[] => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const words: Words[] = [];
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement!;
      if ((node.textContent ?? '').trim() === '' || !isVisible(element) || isForEars(element)) continue;
      if (element.closest('svg, script, style, select, option') || floats(element)) continue;
      range.selectNodeContents(node);
      const isInline = getComputedStyle(element).display === 'inline';
      const clippers = isInline ? clippersOf(element) : [...clippersOf(element), element.getBoundingClientRect()];
      for (const rect of range.getClientRects()) {
        const seen = visiblePart(rect, clippers);
        if (seen.width > 2 && seen.height > 2) words.push({ element, rect: seen });
      }
    }
    return words;
  };

  const floats = (element: Element): boolean => {
    for (let at: Element | null = element; at; at = at.parentElement) {
      if (['fixed', 'sticky'].includes(getComputedStyle(at).position)) return true;
    }
    return false;
  };

  const findOverlaps = (): readonly string[] => {
    const words = [...readWords()].sort((a, b) => a.rect.top - b.rect.top);
    const found: string[] = [];
    for (let one = 0; one < words.length; one++) {
      const a = words[one]!;
      for (let two = one + 1; two < words.length && words[two]!.rect.top < a.rect.bottom - 4; two++) {
        const b = words[two]!;
        const wide = Math.min(a.rect.right, b.rect.right) - Math.max(a.rect.left, b.rect.left);
        const tall = Math.min(a.rect.bottom, b.rect.bottom) - b.rect.top;
        if (wide > 3 && tall > 4 && a.element !== b.element)
          found.push(`${tell(a.element)} and ${tell(b.element)} lie over each other`);
      }
    }
    return [...new Set(found)];
  };

  const findWidest = (): string => {
    const beyond = [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > window.innerWidth + 1)
      .filter((element) =>
        clippersOf(element)
          .slice(1)
          .every(({ right }) => right > window.innerWidth + 1),
      );
    return beyond.length > 0 ? `, by ${tell(beyond.at(-1)!)}` : '';
  };

  const findLosses = () => {
    const wide = document.documentElement.scrollWidth;
    const sideways = wide > window.innerWidth ? [`the page is ${wide} px wide${findWidest()}`] : [];
    return [...sideways, ...findCut(), ...findOverlaps(), ...findSmallTargets()];
  };

  const offers = () =>
    interactive()
      .filter((element) => element.matches('a, button, input, select, textarea, summary'))
      .map((element) => {
        const address = element.getAttribute('href');
        if (address !== null) return `link ${address.replace(/^#.*/, '#')}`;
        const labels = [...((element as HTMLInputElement).labels ?? [])]
          .map(({ textContent }) => textContent)
          .join(' ');
        const name = element.getAttribute('aria-label') ?? (labels || element.textContent);
        return `${element.localName} ${(name ?? '').replace(/\s+/g, ' ').trim()}`;
      });

  const tellFocus = () => (document.activeElement ? tell(document.activeElement) : 'nothing');

  window.inPage = { tellFocus, goToTop, beginWalk, isAround: () => isAround, endWalk, findLosses, offers };
}
