import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { drawPng } from '../../engine/test-engine.ts';
import { appSlug } from '../../src/statistics/app-slug.ts';
import { findBrowser, openBrowser } from './browser.ts';
import { openScriptedProviders, PROVIDER_SECRET, type ScriptedProviders } from './failing-provider.ts';
import { PROVIDER_COLUMNS, SAMPLES } from './model-page-parts.ts';
import { linksIn, type Read, readEverything, statusOf, tryForbiddenChanges } from './read-as.ts';
import { answering, linksAstray, openSite, type Site, type Visit, visit } from './site.ts';
import { expectWaterfall } from './waterfall.ts';

const SCOUT = 'meta-llama/llama-4-scout';
/** A machine that does much else is slow; nothing here measures time. */
const MS_MAX = 120_000;
const APP = 'Path walker';
const OWNER_PASSWORD = 'a password of the owner';
const STORED_KEY = 'gsk_a-key-that-the-owner-stored';
const hasBrowser = findBrowser() !== undefined;

for (const base of ['', '/gw', '/a/b/c']) {
  describe.skipIf(!hasBrowser)(`what people do below "${base}/"`, () => {
    let providers: ScriptedProviders;
    let site: Site;
    let browser: Browser;
    let owner: Visit;
    /** Whatever only the owner has seen. */
    const secrets: string[] = [];

    beforeAll(async () => {
      providers = await openScriptedProviders();
      [site, browser] = await Promise.all([openSite({ base, config: providers.config(SCOUT) }), openBrowser()]);
      owner = await visit(browser, site);
    }, MS_MAX);
    afterAll(async () => {
      await browser?.close();
      site?.close();
      providers?.close();
    });

    async function openPage(path: string): Promise<Page> {
      const page = await owner.context.newPage();
      await page.goto(site.address + path);
      await answering(page);
      return page;
    }

    /** Nothing was broken on the way, and no link leads out of the installation. */
    async function leave(page: Page): Promise<void> {
      expect(await linksAstray(page, site)).toEqual([]);
      expect(owner.problems()).toEqual([]);
      await page.close();
    }

    function askScout(key: string): Promise<Response> {
      return fetch(`${site.address}/api/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'x-title': APP },
        body: JSON.stringify({
          ...{ model: SCOUT, messages: [{ role: 'user', content: 'Good day?' }] },
          provider: { order: ['broken', 'sound'] },
        }),
      });
    }

    test(
      'the printed link makes the owner, the first request is answered, and the list of steps says so',
      async () => {
        const page = await owner.context.newPage();
        await page.goto(site.claimUrl);
        expect(page.url()).toBe(`${site.address}/setup`);
        await page.getByRole('heading', { name: 'A first request (open)' }).waitFor();
        await page.getByRole('button', { name: 'Send it' }).click();
        await page.getByRole('heading', { name: 'A first request (done)' }).waitFor();
        expect(await page.getByRole('blockquote').innerText()).toMatch(/key/i);
        await page.getByLabel('New password').fill(OWNER_PASSWORD);
        await page.getByRole('button', { name: 'Set the password' }).click();
        await page.getByRole('heading', { name: 'A way to sign in again (done)' }).waitFor();

        await page.getByRole('link', { name: 'See how it was routed and what it cost' }).click();
        await page.getByRole('heading', { name: 'Route', exact: true }).waitFor();
        expect(page.url()).toStartWith(`${site.address}/generations/gen-`);
        await page.goBack();
        await page.reload();
        for (const step of ['A way to sign in again (done)', 'A provider (done)', 'A first request (done)'])
          await page.getByRole('heading', { name: step }).waitFor();
        await leave(page);
        expect((await fetch(site.claimUrl)).status).toBe(403);
      },
      MS_MAX,
    );

    test(
      'a model is found by what it reads, holds and costs, and the way back leads to the same list',
      async () => {
        const page = await openPage('/');
        await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Models' }).click();
        await page.getByRole('heading', { name: 'Models', level: 1 }).waitFor();
        const names = page.getByRole('table').getByRole('rowheader').getByRole('link');
        const kept = page.getByRole('status').filter({ hasText: /\d+ models?$/ });
        const all = Number.parseInt(await kept.innerText(), 10);
        await page.getByRole('group', { name: 'Takes' }).getByLabel('image').check();
        await page.getByLabel('Context at least').selectOption('128,000');
        await page.getByLabel('Max in $/M').fill('0.2');
        await page.getByLabel('Tools', { exact: true }).check();
        await page.getByLabel('Filter models by name').fill('llama 4');
        await page.waitForURL(/q=llama/);
        const found = await kept.innerText();
        expect(Number.parseInt(found, 10)).toBeLessThan(all / 10);
        const list = await names.allInnerTexts();
        expect(list).toContain('Meta: Llama 4 Scout');
        expect(list.filter((name) => !name.includes('Llama 4'))).toEqual([]);
        const filtered = page.url();
        expect([...new URL(filtered).searchParams].sort()).toEqual([
          ['context', '128000'],
          ['in', 'image'],
          ['max_in', '0.2'],
          ['params', 'tools'],
          ['q', 'llama 4'],
        ]);

        const expectSame = async () => {
          await page.getByLabel('Filter models by name').waitFor();
          expect(page.url()).toBe(filtered);
          expect(await page.getByRole('group', { name: 'Takes' }).getByLabel('image').isChecked()).toBe(true);
          expect(await page.getByLabel('Max in $/M').inputValue()).toBe('0.2');
          expect([await kept.innerText(), await names.allInnerTexts()]).toEqual([found, list]);
        };
        await page.reload();
        await expectSame();
        await page.getByRole('link', { name: 'Meta: Llama 4 Scout', exact: true }).click();
        await page.getByRole('heading', { name: 'Meta: Llama 4 Scout', level: 1 }).waitFor();
        expect(page.url()).toBe(`${site.address}/${SCOUT}`);
        await page.goBack();
        await expectSame();
        await leave(page);
      },
      MS_MAX,
    );

    test(
      'Scout’s page has each section, with what is known and with what was measured here',
      async () => {
        for (let i = 0; i < 3; i++) expect((await askScout(site.apiKey)).status).toBe(200);
        const page = await openPage(`/${SCOUT}`);
        const main = page.getByRole('main');
        const textOf = (name: string) => main.getByRole('region', { name, exact: true }).innerText();
        // Statistics are answered from memory for a second, each from its own: whoever walked past this page has asked for some.
        const isCounted = async () =>
          (await textOf('Apps')).includes(APP) &&
          (await textOf('Performance')).includes('n = 3 samples') &&
          (await textOf('Recent activity')).includes('n = 3 requests');
        for (let i = 0; i < 20 && !(await isCounted()); i++) {
          await page.reload();
          await answering(page);
        }
        const head = await main.innerText();
        expect(await main.getByRole('heading', { level: 1 }).innerText()).toBe('Meta: Llama 4 Scout');
        for (const fact of [SCOUT, 'Apr 5, 2025', '16 experts', 'Aug 31, 2024', 'Llama 4 Community License'])
          expect([fact, head.includes(fact)]).toEqual([fact, true]);
        expect(head).toMatch(/Context\s+8\.19K to 890K/);
        expect(head).toMatch(/Input, per 1M tokens\s+free to \$0\.72/);
        expect(head).toMatch(/Output, per 1M tokens\s+free to \$1\.16/);

        const table = main.getByRole('table', { name: `Providers of ${SCOUT}: dollars per million tokens` });
        expect(await table.getByRole('columnheader').allInnerTexts()).toEqual(PROVIDER_COLUMNS);
        expect(await table.getByRole('rowheader').count()).toBeGreaterThan(20);
        const cells = await table
          .getByRole('row', { name: /DeepInfra/ })
          .getByRole('cell')
          .allInnerTexts();
        expect([cells.length, cells[1], cells[2], cells[6], cells[8]]).toEqual([15, '$0.10', '$0.30', '328K', 'fp8']);

        await main.getByRole('button', { name: 'Who would serve this?' }).click();
        await main.getByRole('heading', { name: 'Would serve it (2)' }).waitFor();
        const route = await textOf('Route preview');
        expect(route).toMatch(/1\. \S+[\s\S]+2\. \S+[\s\S]+Would not \(2\d\)[\s\S]+has no provider key here/);

        expect(await textOf('Parameters')).toMatch(/max_tokens\s+2\d/);
        expect(await textOf('Performance')).toMatch(/Time to first token[\s\S]+n = 3 samples/);
        await main.getByText(/^Price history with sources/).click();
        expect(await textOf('Pricing')).toMatch(/What would it cost\?[\s\S]+deepinfra\/fp8\s+\$1\.30[\s\S]+Source/);
        expect(await textOf('Apps')).toContain(APP);
        expect(await textOf('Recent activity')).toMatch(/Tokens per day[\s\S]+n = 3 requests/);
        expect(await textOf('Uptime')).toMatch(/broken[\s\S]+sound/i);
        expect(await textOf('Verified on this machine')).toContain('trunkline doctor scout');

        const code = main.getByRole('group', { name: 'Sample code', exact: true });
        for (const [language, look] of SAMPLES) {
          await main.getByRole('button', { name: language, exact: true }).click();
          const text = await code.innerText();
          expect([language, text.includes(`${site.address}/api/v1`), text.includes(SCOUT)]).toEqual([
            ...[language, true, true],
          ]);
          expect(text).toMatch(look);
        }
        await leave(page);
      },
      MS_MAX,
    );

    test(
      'the bundled model’s page runs its sample code here',
      async () => {
        const page = await openPage('/trunkline/mini');
        const samples = page.getByRole('region', { name: 'Sample code and API', exact: true });
        await samples.getByRole('button', { name: 'Run it here' }).click();
        await samples.getByText(/^Answered by Trunkline in /).waitFor();
        await leave(page);
      },
      MS_MAX,
    );

    test(
      'the model sees a picture that is attached and one that is pasted, and each answer leads to its waterfall',
      async () => {
        const page = await openPage('/');
        await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'Chat' }).click();
        const chosen = page.waitForEvent('filechooser');
        await page.getByRole('button', { name: 'Attach pictures, PDFs, sound or text' }).click();
        const red = Buffer.from(drawPng(64, [214, 40, 40], [20, 20, 20]));
        await (await chosen).setFiles({ name: 'red.png', mimeType: 'image/png', buffer: red });
        const question = page.getByRole('textbox', { name: 'Question' });
        await page.locator('form').getByRole('img').waitFor();
        await question.fill('What do you see?');
        await question.press('Enter');
        const answers = page.getByRole('article');
        await answers.first().getByText('tokens').waitFor();
        await answers.first().getByText(/red/i).first().waitFor();

        const blue = drawPng(64, [40, 70, 214], [250, 250, 250]).toString('base64');
        await question.evaluate((field, base64) => {
          const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
          const clipboardData = new DataTransfer();
          clipboardData.items.add(new File([bytes], 'blue.png', { type: 'image/png' }));
          field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
        }, blue);
        await page.locator('form').getByRole('img').waitFor();
        await question.fill('What do you see?');
        await question.press('Enter');
        await answers.nth(1).getByText('tokens').waitFor();
        await answers.nth(1).getByText(/blue/i).first().waitFor();
        expect(page.url()).toStartWith(`${site.address}/chat/`);

        await answers.first().getByRole('button', { name: 'Why this provider' }).click();
        await page.getByRole('dialog').getByRole('link', { name: 'Everything about this generation' }).click();
        await expectWaterfall(page, ['Trunkline'], ['prompt', 'completion']);
        await leave(page);
      },
      MS_MAX,
    );

    test(
      'a key is made, answers, is counted, and is refused once it is taken away',
      async () => {
        const page = await openPage('/keys');
        await page.getByRole('button', { name: 'New key' }).click();
        await page.getByLabel('Name').fill('walker');
        await page.getByRole('button', { name: 'Create key' }).click();
        const shown = page.getByRole('dialog').getByText(/^sk-tl-v1-\w+$/);
        const key = await shown.innerText();
        secrets.push(key);
        await page.getByRole('button', { name: 'Done' }).click();
        await page.getByRole('button', { name: 'Close without it' }).click();
        const answer = await askScout(key);
        expect(answer.status).toBe(200);
        const { id } = (await answer.json()) as { id: string };

        const row = page.getByRole('row', { name: /^walker/ });
        // 1,200 tokens at $0.08 and 3 at $0.30 per million.
        const spent = row.getByTitle('$0.0000969').first();
        for (let i = 0; i < 20 && (await spent.count()) === 0; i++) {
          await page.reload();
          await row.waitFor();
        }
        expect(await spent.count()).toBe(1);
        await row.getByRole('link', { name: 'walker' }).click();
        await page.getByRole('heading', { name: 'Log', level: 1 }).waitFor();
        await page
          .getByRole('row', { name: /walker/ })
          .getByRole('rowheader')
          .getByRole('link')
          .click();
        await page.waitForURL(`${site.address}/generations/${id}`);
        await expectWaterfall(page, ['broken', 'sound'], ['prompt', 'completion']);
        expect(await page.getByRole('main').innerText()).toContain('$0.0000969');

        await page.goto(`${site.address}/keys`);
        await row.getByRole('button', { name: 'Delete walker' }).click();
        await page.getByLabel(/^Type its name/).fill('walker');
        await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click();
        // The page below an open sheet is hidden from those who read by roles: the row is gone only after it.
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        await row.waitFor({ state: 'detached' });
        expect((await askScout(key)).status).toBe(401);
        await leave(page);
      },
      MS_MAX,
    );

    /** By a link that the owner makes: a person who may only look. */
    async function inviteViewer(): Promise<{ readonly viewer: Visit; readonly page: Page }> {
      const people = await openPage('/admin/users');
      await people.getByLabel('Role').selectOption('viewer');
      await people.getByLabel('For whom').fill('Eve');
      await people.getByRole('button', { name: 'Make a link' }).click();
      const link = await people.getByText(`${site.address}/invite?token=`).innerText();
      await leave(people);
      secrets.push(new URL(link).searchParams.get('token')!);
      const viewer = await visit(browser, site);
      const page = await viewer.context.newPage();
      await page.goto(link);
      await page.getByLabel('Your name').fill('Eve');
      await page.getByLabel('Login').fill('eve');
      await page.getByLabel('Password').fill('a password of Eve');
      await page.getByRole('button', { name: 'Join' }).click();
      await page.getByText('Your role here: viewer.').waitFor();
      return { viewer, page };
    }

    test(
      'a viewer signs in, reads what is nobody’s secret, and can change nothing',
      async () => {
        const cookies = await owner.context.cookies();
        secrets.push(site.apiKey, PROVIDER_SECRET, OWNER_PASSWORD, new URL(site.claimUrl).searchParams.get('token')!);
        secrets.push(cookies.find(({ name }) => name === 'trunkline-session')!.value, STORED_KEY);
        const stored = await owner.context.request.post(`${site.address}/api/x/provider-keys`, {
          data: { provider: 'groq', key: STORED_KEY },
          headers: { origin: new URL(site.address).origin },
        });
        expect(stored.status()).toBe(201);
        const answer = (await (await askScout(site.apiKey)).json()) as { readonly id: string };
        const { viewer, page } = await inviteViewer();
        await page.getByRole('button', { name: 'Account of Eve, theme' }).click();
        await page.getByRole('menuitem', { name: 'Sign out' }).click();
        await page.getByRole('link', { name: 'Sign in', exact: true }).click();
        await page.getByLabel('Login').fill('eve');
        await page.getByLabel('Password').fill('a password of Eve');
        await page.getByRole('button', { name: 'Sign in with a password' }).click();
        await page.waitForURL(`${site.address}/console`);

        await page.getByRole('navigation', { name: 'Console' }).getByRole('link', { name: 'Keys' }).click();
        const keys = page.getByRole('table', { name: /^API keys/ }).getByRole('row', { name: /^first key/ });
        await keys.waitFor();
        const hash = /key:([0-9a-f]{64})/.exec((await keys.getByRole('link').getAttribute('href'))!)![1]!;
        expect(await page.getByRole('button', { name: /New key|Change|Disable|Delete/ }).count()).toBe(0);
        await page.getByText('Making, changing and deleting keys needs the role admin.').waitFor();
        await page.getByRole('link', { name: 'Credits and budgets' }).click();
        await page.getByText('opening credit').waitFor();
        expect(await page.getByRole('button', { name: 'Add credit' }).count()).toBe(0);
        for (const path of ['/settings/providers', '/setup', '/admin/users', '/admin/audit', '/admin/system']) {
          await page.goto(site.address + path);
          expect([path, await page.getByRole('heading', { level: 1 }).innerText()]).toEqual([
            path,
            'Not for your role',
          ]);
        }
        await page.goto(`${site.address}/generations/${answer.id}`);
        await expectWaterfall(page, ['broken', 'sound'], ['prompt', 'completion']);
        expect(await page.getByRole('button', { name: 'Replay now' }).isDisabled()).toBe(true);
        // The server draws this page: a click before its scripts have come is lost.
        await page.goto(`${site.address}/trunkline/mini`);
        await page.waitForLoadState('networkidle', { timeout: 20_000 }).catch(() => undefined);
        await page.getByRole('button', { name: 'Run it here' }).click();
        await page.getByText('Your role may look, not call').waitFor();
        expect(await linksAstray(page, site)).toEqual([]);
        expect(viewer.problems()).toEqual([]);

        const known = {
          model: SCOUT,
          generation: answer.id,
          keyHash: hash,
          provider: 'sound',
          app: appSlug({ title: APP }),
        };
        const read = await readEverything(site, viewer.context, 'viewer', known);
        const told = read.flatMap(({ path, text }) =>
          secrets.flatMap((secret, index) => (text.includes(secret) ? [`${path} tells secret ${index}`] : [])),
        );
        expect(told).toEqual([]);
        const isWrong = ({ path, status, isMeant }: Read) => status !== (isMeant ? statusOf(path) : 403);
        expect(read.filter(isWrong).map(({ path, status }) => `${path} ${status}`)).toEqual([
          // What was said is kept nowhere here, and would be for a higher role.
          `/api/v1/generation/content?id=${answer.id} 403`,
          `/api/x/generations/${answer.id}/content 403`,
        ]);
        const links = linksIn(read);
        expect(links.length).toBeGreaterThan(500);
        expect(links.filter((link) => !`${link}/`.startsWith(`${base}/`))).toEqual([]);
        const tried = await tryForbiddenChanges(site, viewer.context, 'viewer', known);
        expect(tried.filter((line) => !line.endsWith(' 403'))).toEqual([]);
        expect(tried.length).toBeGreaterThan(10);
        await viewer.context.close();
      },
      MS_MAX,
    );
  });
}
