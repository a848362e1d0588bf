/** What axe-core finds on a page as it stands: the rules of WCAG 2.2 A and AA, and its best practices. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(join(import.meta.dir, '..', '..', 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** Rules whose answer depends on colours: the others cannot differ between two themes of one page. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

interface Finding {
  readonly id: string;
  readonly help: string;
  readonly nodes: readonly { readonly target: readonly unknown[]; readonly html: string }[];
}

interface Axe {
  run(context: unknown, options: object): Promise<{ violations: readonly Finding[]; passes: readonly Finding[] }>;
}

/** Rows of a table are alike: a theme that was not the first one is looked at in so many. */
const LATER_ROWS = 'tbody > tr:nth-child(n + 11)';

export interface AxeOptions {
  readonly rules?: 'all' | 'colours';
  readonly rows?: 'all' | 'first';
  /** A selector: only what stands within. */
  readonly within?: string;
}

/**
 * One line per rule that is broken; empty when all is well. By the debugger's own evaluation, which the site's content policy does
 * not reach.
 */
export async function findViolations(page: Page, options: AxeOptions = {}): Promise<readonly string[]> {
  const { rules = 'all', within = 'html', rows = 'all' } = options;
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(SOURCE);
  const runOnly = rules === 'all' ? { type: 'tag', values: TAGS } : { type: 'rule', values: COLOUR_RULES };
  return await page.evaluate(
    async ({ only, include, exclude }) => {
      const { axe } = window as unknown as { axe: Axe };
      const { violations, passes } = await axe.run(
        { include, exclude },
        {
          runOnly: only,
          resultTypes: ['violations'],
          // Our styles stand in the document; what axe would fetch is nothing new.
          preload: false,
        },
      );
      if (violations.length + passes.length === 0) return ['axe looked at nothing'];
      return violations.map(({ id, help, nodes }) => {
        const places = nodes.slice(0, 3).map(({ target, html }) => `${target.join(' ')} ${html.slice(0, 160)}`);
        return `${id}: ${help} (${nodes.length}×)\n    ${places.join('\n    ')}`;
      });
    },
    { only: runOnly, include: [within], exclude: rows === 'all' ? [] : [LATER_ROWS] },
  );
}
