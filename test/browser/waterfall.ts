import { expect } from 'bun:test';
import type { Page } from 'playwright-core';

/** One lane for each try with its times, the same in words, and the bill. */
export async function expectWaterfall(page: Page, tries: readonly string[], billed: readonly string[]): Promise<void> {
  await page.getByRole('heading', { name: 'Route', exact: true }).waitFor();
  const route = page.getByRole('region', { name: 'Route', exact: true });
  await route.getByRole('img', { name: /^The gateway: .*plan .*s/ }).waitFor();
  for (const name of tries) await route.getByRole('img', { name: new RegExp(`^${name}: .*\\d m?s`) }).waitFor();
  await route.getByText('The same as an ordered list').click();
  const told = await route.getByRole('listitem').allInnerTexts();
  for (const name of tries)
    expect(told.filter((text) => new RegExp(`^At [\\d.]+ ms ${name} was called as`).test(text))).toHaveLength(1);
  const bill = page.getByRole('table', { name: /^What was billed/ });
  const lines = await bill.getByRole('rowheader').allInnerTexts();
  expect(lines.map((line) => line.toLowerCase())).toEqual(expect.arrayContaining([...billed]));
}
