import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import type { Browser, Page } from 'playwright-core';
import { findBrowser, openBrowser } from './browser.ts';
import { type Issuer, type Lie, openIssuer } from './issuer.ts';
import { openSite, type Site, type Visit, visit } from './site.ts';

const MS_MAX = 60_000;
const hasBrowser = findBrowser() !== undefined;

/** Why a sign-in is refused, as the person reads it. */
const REFUSALS: readonly (readonly [Exclude<Lie, 'none'>, string])[] = [
  ['state', 'its answer belongs to another sign-in (state)'],
  ['nonce', 'its token belongs to another sign-in (nonce)'],
  ['signature', 'its token is not signed by a key of the provider (signature)'],
  ['audience', 'its token is meant for somebody else (audience)'],
  ['issuer', 'its token is from another provider (issuer)'],
  ['expired', 'its token is not valid at this time'],
  ['declined', 'it was declined there'],
];

for (const base of ['', '/gw']) {
  describe.skipIf(!hasBrowser)(`signing in below "${base}/"`, () => {
    let issuer: Issuer;
    let site: Site;
    let browser: Browser;

    beforeAll(async () => {
      issuer = await openIssuer();
      const here = await openSite({ base, config: issuer.config });
      // Passkeys are bound to a name: browsers take none for a bare address. And the issuer is another site then.
      site = { ...here, address: named(here.address), claimUrl: named(here.claimUrl) };
      browser = await openBrowser();
    }, MS_MAX);
    afterAll(async () => {
      await browser?.close();
      site?.close();
      issuer?.close();
    });

    async function leave(page: Page): Promise<void> {
      await page.getByRole('button', { name: /^Account of/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.waitForURL(`${site.address}/`);
    }

    test(
      'a passkey is added, signs in where there is no password, and is deleted',
      async () => {
        const owner = await visit(browser, site);
        const page = await owner.context.newPage();
        const devtools = await owner.context.newCDPSession(page);
        await devtools.send('WebAuthn.enable');
        const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
          options: {
            ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true },
            ...{ isUserVerified: true, automaticPresenceSimulation: true },
          },
        });
        await page.goto(site.claimUrl);
        await page.goto(`${site.address}/settings/account`);
        await page.getByText('No passkey yet').waitFor();
        await page.getByLabel('Name of the passkey').fill('Laptop <b>1</b>');
        await page.getByRole('button', { name: 'Add a passkey' }).click();
        const listed = page.getByRole('list', { name: 'Passkeys' }).getByRole('listitem');
        await listed.waitFor();
        expect(await listed.innerText()).toMatch(/^Laptop <b>1<\/b>\s+added .+, never used\s/);
        await leave(page);

        await page.getByRole('link', { name: 'Sign in', exact: true }).click();
        await page.getByRole('button', { name: 'Sign in with a passkey' }).click();
        await page.waitForURL(`${site.address}/console`);
        await page.goto(`${site.address}/settings/account`);
        expect(await listed.innerText()).toMatch(/, used /);
        await page.getByRole('row', { name: /passkey.*this one/ }).waitFor();
        expect(owner.problems()).toEqual([]);

        // Another's passkey: the host knows no such thing, and says no more than that it was not accepted.
        const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
        expect(credentials.map(({ rpId }) => rpId)).toEqual(['localhost']);
        await page.getByRole('button', { name: 'Delete Laptop <b>1</b>' }).click();
        await page.getByText('No passkey yet').waitFor();
        await leave(page);
        const ways = await fetch(`${site.address}/api/x/session`);
        expect(await ways.json()).toMatchObject({ ways: { passkey: false } });
        expect(owner.problems()).toEqual([]);
        await owner.context.close();
      },
      MS_MAX,
    );

    /** From the asked page to the issuer and back, by what stands on the pages. */
    async function signInByIssuer(person: Visit, path = '/activity'): Promise<Page> {
      const page = await person.context.newPage();
      await page.goto(site.address + path);
      await page.getByRole('main').getByRole('link', { name: 'Sign in' }).click();
      await page.getByRole('link', { name: 'Sign in with Issuer' }).click();
      await page.getByRole('link', { name: 'Go on as me' }).click();
      await page.waitForURL((url) => url.href.startsWith(site.address));
      return page;
    }

    /** Leaving for the issuer is what this path is about. */
    const problemsOf = (person: Visit) =>
      person.problems().filter((problem) => !problem.startsWith(`elsewhere: ${issuer.address}/authorize?`));

    test(
      'an OpenID provider signs in whom it vouches for, and they come to the page that they asked for',
      async () => {
        issuer.lie = 'none';
        const ada = await visit(browser, site);
        const page = await signInByIssuer(ada);
        expect(page.url()).toBe(`${site.address}/activity`);
        await page.getByRole('heading', { name: 'Activity', level: 1 }).waitFor();
        await page.goto(`${site.address}/settings/account`);
        await page.getByText('Your role here: viewer.').waitFor();
        expect(await page.getByLabel('Login').inputValue()).toBe('ada@issuer.test');
        await page.getByRole('row', { name: /oidc.*this one/ }).waitFor();
        expect(problemsOf(ada)).toEqual([]);

        // The same person again, by another address and name: the subject counts.
        await leave(page);
        issuer.person = { sub: 'ada-1', name: 'Countess', email: 'countess@issuer.test' };
        const again = await signInByIssuer(ada, '/settings/account');
        expect(await again.getByLabel('Login').inputValue()).toBe('ada@issuer.test');
        expect(problemsOf(ada)).toEqual([]);
        await ada.context.close();
      },
      MS_MAX,
    );

    test(
      'an answer of the issuer that is not what it should be signs nobody in, and the page says why',
      async () => {
        const person = await visit(browser, site);
        const page = await person.context.newPage();
        await page.goto(`${site.address}/login`);
        for (const [lie, why] of REFUSALS) {
          issuer.lie = lie;
          await page.getByRole('link', { name: 'Sign in with Issuer' }).click();
          await page.getByRole('link', { name: 'Go on as me' }).click();
          await page.getByRole('heading', { name: 'You are not signed in' }).waitFor();
          expect([lie, await page.getByRole('paragraph').first().innerText()]).toEqual([
            lie,
            `The sign-in at the OpenID provider failed: ${why}.`,
          ]);
          expect((await person.context.cookies()).map(({ name }) => name)).not.toContain('trunkline-session');
          await page.getByRole('link', { name: 'Sign in again, or another way' }).click();
        }
        await page.getByRole('heading', { name: 'Sign in', level: 1 }).waitFor();
        expect(page.url()).toBe(`${site.address}/login`);
        // The refusal itself is what the browser reports.
        expect(problemsOf(person).filter((problem) => !/status of 403 .*callback/.test(problem))).toEqual([]);
        await person.context.close();
      },
      MS_MAX,
    );

    test('only a path of this site follows a sign-in', async () => {
      issuer.lie = 'none';
      const ends = [];
      for (const next of ['/keys?offset=0', '//evil.test', '/\\evil.test', '/\t/evil.test', 'https://evil.test/']) {
        const start = await fetch(`${site.address}/api/x/session/oidc/start?next=${encodeURIComponent(next)}`, {
          redirect: 'manual',
        });
        const there = await (await fetch(start.headers.get('location')!)).text();
        const back = /<a href="([^"]+)"/.exec(there)![1]!.replaceAll('&amp;', '&');
        const cookie = start.headers.get('set-cookie')!.split(';')[0]!;
        const end = await fetch(back, { redirect: 'manual', headers: { cookie } });
        ends.push(`${end.status} ${end.headers.get('location')}`);
      }
      const home = `303 ${base}/`;
      expect(ends).toEqual([`303 ${base}/keys?offset=0`, home, home, home, home]);
    });
  });
}

function named(address: string): string {
  return address.replace('//127.0.0.1:', '//localhost:');
}
