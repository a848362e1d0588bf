/** `npm run budgets [path …]`: loads every kind of page as a phone would, and prints each figure beside its limit. */
import type { Browser } from 'playwright-core';
import { openBrowser } from './browser.ts';
import {
  type BudgetPage,
  type Figure,
  isMet,
  keystrokeFigure,
  LIMITS,
  median,
  PAGES,
  phoneFigure,
  requestFigures,
  shellFigure,
  sizeFigures,
  warmPages,
} from './budgets.ts';
import { openBusySite } from './busy-site.ts';
import { type Load, measureContention, measureLoad, type Profile } from './measure-load.ts';
import { claim, type Site } from './site.ts';

const LOADS = 5;
const GENERATIONS = 60;

async function main(wanted: readonly string[]): Promise<void> {
  const site = await openBusySite(GENERATIONS);
  const browser = await openBrowser();
  const figures: Figure[] = [];
  const show = (more: readonly Figure[]): void => {
    figures.push(...more);
    for (const figure of more) process.stdout.write(`${lineOf(figure)}\n`);
  };
  try {
    const contention = measureContention();
    process.stdout.write(`Medians of ${LOADS} loads; ${GENERATIONS} generations in the log. `);
    process.stdout.write(
      contention < 1.3
        ? 'The machine is quiet.\n'
        : `The machine is busy (${contention.toFixed(1)}×): times count little.\n`,
    );
    const state = await claim(browser, site);
    await warmPages(site);
    show([await shellFigure(site)]);
    for (const page of PAGES.filter(({ path }) => wanted.length === 0 || wanted.includes(path)))
      show(await figuresOf(browser, site, page, page.kind === 'public' ? undefined : state));
    if (wanted.length === 0 || wanted.includes('/models'))
      show([await keystrokeFigure(browser, site), ...(await firstByteFigures(site))]);
  } finally {
    await browser.close();
    site.close();
  }
  const missed = figures.filter((figure) => !isMet(figure));
  process.stdout.write(`${figures.length - missed.length} of ${figures.length} are met.\n`);
  for (const figure of missed) process.stdout.write(`${lineOf(figure)}\n`);
  process.exitCode = missed.length > 0 ? 1 : 0;
}

function lineOf(figure: Figure): string {
  const { subject, what, value, limit, unit } = figure;
  const digits = unit === 'KB' ? 1 : limit < 1 ? 4 : 0;
  const figures = `${value.toFixed(digits).padStart(8)} of ${String(limit).padStart(5)} ${unit}`;
  return `${subject.slice(0, 28).padEnd(29)}${what.padEnd(26)}${figures.padEnd(22)}${isMet(figure) ? 'met' : 'NOT MET'}`;
}

async function figuresOf(
  browser: Browser,
  site: Site,
  page: BudgetPage,
  state: object | undefined,
): Promise<readonly Figure[]> {
  const load = async (profile: Profile): Promise<readonly Load[]> => {
    const loads: Load[] = [];
    for (let at = 0; at < LOADS; at++) loads.push(await measureLoad(browser, site, page.path, { profile, state }));
    return loads;
  };
  const phone = await load('phone');
  const desktop = await load('desktop');
  const middle = (loads: readonly Load[], figure: (one: Load) => number) => median(loads.map(figure));
  const ms = (what: string, value: number, limit: number): Figure => ({
    ...{ subject: page.path, what, value, limit, unit: 'ms' },
  });
  return [
    ...sizeFigures(page, { ...phone[0]!, shift: Math.max(...phone.map(({ shift }) => shift)) }),
    ...requestFigures(page, phone),
    phoneFigure(
      page,
      middle(phone, ({ contentMs }) => contentMs),
    ),
    ms(
      'blocked, phone',
      middle(phone, ({ blockedMs }) => blockedMs),
      LIMITS.blockedMs,
    ),
    ms(
      'largest paint, desktop',
      middle(desktop, ({ contentMs }) => contentMs),
      LIMITS.desktopContentMs,
    ),
  ];
}

const ASKED = 25;

/** Until the head of the answer has come, on this machine. An address nobody asked for before is drawn anew. */
async function firstByteFigures(site: Site): Promise<readonly Figure[]> {
  const ask = async (path: string): Promise<number> => {
    const startedAt = performance.now();
    const answer = await fetch(site.address + path, { headers: { accept: 'text/html' } });
    const ms = performance.now() - startedAt;
    await answer.arrayBuffer();
    return ms;
  };
  const askAll = async (pathOf: (at: number) => string): Promise<number> => {
    const times: number[] = [];
    for (let at = 0; at < ASKED; at++) times.push(await ask(pathOf(at)));
    return median(times);
  };
  await ask('/models');
  const cached = await askAll(() => '/models');
  const drawn = await askAll((at) => `/models?max_price=${at + 1}`);
  return [
    { subject: '/models', what: 'first byte, cached', value: cached, limit: LIMITS.cachedFirstByteMs, unit: 'ms' },
    { subject: '/models', what: 'first byte, drawn anew', value: drawn, limit: LIMITS.drawnFirstByteMs, unit: 'ms' },
  ];
}

await main(process.argv.slice(2));
