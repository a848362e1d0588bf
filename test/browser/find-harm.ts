/** What a page must not show, whatever outsiders wrote: looked for in the browser itself. */
import type { BrowserContext, Page } from 'playwright-core';
import { KEEP_EARLY_INPUT } from '../../src/http/keep-early-input.ts';
import { EVIL_HOST } from './hostile-words.ts';

declare global {
  /** Set by every payload that runs. */
  var canary: string | undefined;
  /** What the page's policy refused. */
  var refusals: string[] | undefined;
}

/** Keeps what the policy refuses and what opens a dialog. Call it before the first page of the context. */
export async function watchHarm(context: BrowserContext): Promise<string[]> {
  const seen: string[] = [];
  await context.addInitScript(() => {
    globalThis.refusals = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.refusals?.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  context.on('dialog', (dialog) => {
    seen.push(`dialog ${dialog.message()}`);
    void dialog.dismiss().catch(() => undefined);
  });
  context.on('page', (page) => {
    page.on('popup', (popup) => seen.push(`popup ${popup.url()}`));
    page.on('framenavigated', (frame) => {
      if (frame.url().includes(EVIL_HOST)) seen.push(`went to ${frame.url()}`);
    });
  });
  return seen;
}

/** Markup, handlers and addresses that are none of ours. Runs in the browser: it may use nothing from outside itself. */
function listMarkup(document: Document): readonly string[] {
  const strange =
    'iframe, object, embed, base, marquee, math, frame, portal, animate, plaintext, meta[http-equiv], script:not([nonce]), style:not([nonce]), form[action]:not([action^="/"])';
  const found = [...document.querySelectorAll(strange)].map((element) => `markup: ${element.outerHTML.slice(0, 90)}`);
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) found.push(`handler: ${element.outerHTML.slice(0, 90)}`);
      if (!['href', 'src', 'action', 'formaction', 'xlink:href', 'srcset', 'poster'].includes(name)) continue;
      if (/^(?:https?:|mailto:|[/#.?]|data:image\/(?:png|jpeg|webp|gif|avif);|blob:|$)/i.test(value)) continue;
      found.push(`address: ${element.outerHTML.slice(0, 90)}`);
    }
  }
  return found;
}

/** The same of a page as the server drew it, before any script of ours; read by the browser, not run. */
export async function findDrawnHarm(page: Page, html: string): Promise<readonly string[]> {
  return await page.evaluate(
    ([text, list, keeper]) => {
      const drawn = new DOMParser().parseFromString(text!, 'text/html');
      const found: readonly string[] = new Function('document', `return (${list})(document)`)(drawn);
      const nonce = drawn.querySelector('script')?.nonce ?? '';
      const others = [...drawn.querySelectorAll('[nonce]')].filter((one) => one.getAttribute('nonce') !== nonce);
      // One of ours is written out in the page, always the same.
      const foreign = [...drawn.scripts].filter(({ type, text: words }) => type !== '' || words !== keeper);
      const types = foreign.map(({ type }) => type).filter((type) => type !== 'module');
      const data = types.filter((type) => !/^application\/(?:ld\+)?json$/.test(type));
      for (const script of drawn.querySelectorAll('script[type*=json]')) JSON.parse(script.textContent ?? '');
      return [...found, ...others.map((one) => `nonce: ${one.outerHTML}`), ...data.map((type) => `script: ${type}`)];
    },
    [html, String(listMarkup), KEEP_EARLY_INPUT] as const,
  );
}

/** Every harm that this page shows at its present width, each as one line. With a popup open the bar may be covered. */
export async function findHarm(page: Page, hasPopup = false): Promise<readonly string[]> {
  const markup = (await page.evaluate(`(${listMarkup})(document)`)) as readonly string[];
  return [...markup, ...(await findShownHarm(page, hasPopup))];
}

async function findShownHarm(page: Page, hasPopup: boolean): Promise<readonly string[]> {
  return await page.evaluate(async (isCovered) => {
    // Two frames: what React drew last is laid out.
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    const found: string[] = [];
    const short = (text: string) => JSON.stringify(text.trim().slice(0, 60));
    const where = (element: Element | null): string => {
      const names: string[] = [];
      for (let at = element; at && at !== document.body && names.length < 4; at = at.parentElement)
        names.unshift(at.tagName.toLowerCase() + (at.getAttribute('class')?.slice(0, 24).replace(/^/, '.') ?? ''));
      return names.join('>');
    };

    if (globalThis.canary !== undefined) found.push(`ran: ${globalThis.canary}`);
    for (const refusal of globalThis.refusals ?? []) found.push(`refused by the policy: ${refusal}`);

    // The page keeps its width, and the bar its place.
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) {
      const isFree = (one: Element): boolean => {
        for (let at = one.parentElement; at; at = at.parentElement)
          if (getComputedStyle(at).overflowX !== 'visible') return at === document.body;
        return true;
      };
      const wide = [...document.body.querySelectorAll('*')].filter(
        (one) => one.getBoundingClientRect().right > clientWidth && isFree(one),
      );
      found.push(`wide: ${scrollWidth} of ${clientWidth}, ${where(wide.at(-1) ?? null)}`);
    }
    scrollTo(0, 0);
    const bar = document.querySelector('header')?.getBoundingClientRect();
    if (bar?.top !== 0 || bar.left !== 0 || Math.round(bar.width) !== clientWidth || bar.height > 80)
      found.push(`the bar: ${JSON.stringify(bar)}`);
    for (const link of isCovered || document.querySelector('[role=dialog]')
      ? []
      : document.querySelectorAll('header a, header button, nav[aria-label=Console] a')) {
      const box = link.getBoundingClientRect();
      if (box.width === 0 || box.right <= 0 || box.top < 0 || box.bottom > innerHeight || box.left >= clientWidth)
        continue;
      const top = document.elementFromPoint(
        Math.min(box.left + box.width / 2, clientWidth - 1),
        box.top + box.height / 2,
      );
      if (top && !link.contains(top) && !top.contains(link)) found.push(`covered: ${where(link)} by ${where(top)}`);
    }

    // Characters that change how their neighbours read.
    const deceiving = /[\u202A-\u202E\u2066-\u2069\u2028\u2029]|(?![\n\t\r])\p{Cc}|[\u{E0000}-\u{E007F}]/u;
    const stacked = /\p{Mn}{12}/u;
    const rightToLeft = /[\u0590-\u07FF]/;
    // An isolate that is closed keeps what is in it from its neighbours: that is how it is done where no element may stand.
    const unwrap = (text: string) => text.replace(/\u2068[^\u2066-\u2069]*\u2069/g, '');
    const look = (text: string, place: string) => {
      if (deceiving.test(unwrap(text))) found.push(`deceiving ${short(text)}: ${place}`);
      if (stacked.test(text)) found.push(`stacked ${short(text)}: ${place}`);
    };
    look(document.title, 'title');
    for (const element of document.body.querySelectorAll('*')) {
      for (const name of ['title', 'aria-label', 'alt', 'placeholder', 'aria-description'])
        if (element.hasAttribute(name)) look(element.getAttribute(name)!, `${name} of ${where(element)}`);
      if ('value' in element && typeof element.value === 'string') look(element.value, `value of ${where(element)}`);
    }
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      const parent = text.parentElement!;
      if (['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(parent.tagName)) continue;
      const words = text.textContent ?? '';
      look(words, where(parent));
      if (!rightToLeft.test(unwrap(words))) continue;
      // Up to the block: isolated on the way, or alone in it.
      for (let at: Element | null = parent; at; at = at.parentElement) {
        const { unicodeBidi, display } = getComputedStyle(at);
        if (unicodeBidi !== 'normal' && unicodeBidi !== 'embed' && display === 'inline') break;
        if (display === 'inline') continue;
        const isAlone = (at.textContent ?? '').trim() === words.trim();
        if (!isAlone && at.getAttribute('dir') !== 'auto') found.push(`not isolated ${short(words)}: ${where(parent)}`);
        break;
      }
    }
    return [...new Set(found)];
  }, hasPopup);
}
