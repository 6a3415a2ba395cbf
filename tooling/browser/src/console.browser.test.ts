import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { seriousFaults } from './axe.ts';
import { launchChromium } from './chromium.ts';
import { filesOf } from './first-page.ts';
import { reportGuests, stageADay } from './showcase.ts';
import { openStage, type Stage } from './stage.ts';
import { crashOf, workThrough } from './stories.ts';
import { type Visitor, visit } from './visitor.ts';

const reason = inject('noChromium');
if (reason !== undefined) console.warn(`the console is not tested in a browser: ${reason}`);

describe.skipIf(reason !== undefined)('the console in Chromium', () => {
  let stage: Stage;
  let browser: Browser;
  let visitor: Visitor;
  let day: Awaited<ReturnType<typeof stageADay>>;

  beforeAll(async () => {
    [stage, browser] = await Promise.all([openStage(), launchChromium()]);
    day = await stageADay(stage);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    visitor = await visit(browser, stage);
  });
  afterEach(() => visitor[Symbol.asyncDispose]());

  const file = (...args: Parameters<typeof crashOf>) =>
    stage.client().v2.notifications.create({ body: crashOf(...args) });
  const row = (name: string) => visitor.page.getByRole('row').filter({ hasText: name });

  describe('signing in', () => {
    it('says what is wrong, keeps what was typed, and then shows the page that was asked for', async () => {
      const { page } = visitor;
      await page.goto(`${stage.origin}/notifications?status=failed`);
      await page.getByLabel(/^Token/).fill('iha_this-is-no-token-of-ours');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').getByText('The token is not known here.').waitFor();
      expect(await page.getByLabel(/^Token/).inputValue()).toBe('iha_this-is-no-token-of-ours');
      await page.getByLabel(/^Token/).fill(stage.token('reader'));
      await page.getByRole('button', { name: 'Sign in' }).click();
      await row('web-3').getByText('failed', { exact: true }).waitFor();
      expect(await row('web-1').count()).toBe(0);
    });

    it('lasts over a reload, and ends with signing out', async () => {
      const { page } = visitor;
      await visitor.signIn();
      await page.reload();
      await row('web-1').waitFor();
      const [cookie] = await visitor.context.cookies();
      expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in' }).waitFor();
      expect(await visitor.context.cookies()).toEqual([]);
    });
  });

  it('asks to sign in again when the session is over, and goes on where one was', async () => {
    const { page } = visitor;
    await visitor.signIn();
    await visitor.context.clearCookies();
    await page.getByRole('link', { name: 'Guests' }).click();
    await page.getByLabel(/^Token/).fill(stage.token('reader'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Guests', level: 1 }).waitFor();
  });

  describe('the notifications', () => {
    it('appear by themselves within a second, and go on to their end', async () => {
      await visitor.signIn();
      await row('web-1').waitFor();
      await file('fresh-1');
      await row('fresh-1').getByText('new', { exact: true }).waitFor({ timeout: 1000 });
      await workThrough(stage, { status: 'finished', message: 'restarted, and heard again' }, 5);
      await row('fresh-1').getByText('finished', { exact: true }).waitFor({ timeout: 1000 });
      expect(visitor.complaints).toEqual([]);
    });

    it('are filtered by the address', async () => {
      const { page } = visitor;
      await visitor.signIn();
      await page.getByLabel('Type').selectOption('COMPUTE_HOST');
      await row('the whole host').first().waitFor();
      await expect.poll(() => row('web-1').count()).toBe(0);
      expect(new URL(page.url()).search).toBe('?type=COMPUTE_HOST');
      await page.getByRole('button', { name: 'Clear' }).click();
      await page.getByLabel('Source host').fill('compute-03');
      await page.getByLabel('Source host').press('Enter');
      await expect.poll(() => new URL(page.url()).search).toBe('?host=compute-03');
      await row('mail-2').waitFor();
      await page.reload();
      await row('mail-2').waitFor();
      expect(await page.getByRole('row').count()).toBe(2);
      await page.getByRole('button', { name: 'finished' }).click();
      await page.getByRole('button', { name: 'finished', pressed: true }).waitFor();
      await page.goBack();
      await page.getByRole('button', { name: 'finished', pressed: false }).waitFor();
    });

    it('say so when none is like that', async () => {
      await visitor.signIn('admin', '/notifications?instance=nobody');
      await visitor.page.getByRole('heading', { name: 'No notification is like that' }).waitFor();
    });

    it('show hostile names as the text they are', async () => {
      const hostile = ['<img src=x onerror="document.title=1">', '\u202egnp.elif', 'x'.repeat(255)];
      for (const name of hostile) await file(name);
      await visitor.signIn();
      const links = visitor.page.getByRole('link');
      for (const name of hostile) await links.filter({ hasText: name }).waitFor();
      expect(await visitor.page.title()).toBe('Notifications · Instance HA');
      expect(visitor.complaints).toEqual([]);
    });

    it('stay where they are while somebody turns pages', async () => {
      for (let index = 0; index < 60; index += 1) await file(`page-${String(index).padStart(2, '0')}`);
      const { page } = visitor;
      await visitor.signIn();
      await row('page-59').waitFor();
      const last = await page.getByRole('row').last().textContent();
      await file('arrived-meanwhile');
      await row('arrived-meanwhile').waitFor();
      await page.getByRole('button', { name: 'Older' }).click();
      await expect.poll(() => new URL(page.url()).search).toMatch(/^\?cursor=\d+$/);
      await row('page-00').waitFor();
      expect(await page.getByRole('row').nth(1).textContent()).toBe(last);
    });
  });

  describe('a notification', () => {
    it('tells its timeline, its evidence and its journal', async () => {
      const { page } = visitor;
      await visitor.signIn('reader', `/notifications/${day.finished}`);
      await page
        .getByRole('img', { name: /^Timeline: fault after 0 ms, detected after 12 ms, .*heartbeat back/ })
        .waitFor();
      const signals = page.getByRole('table', { name: 'Signals' });
      await signals.getByRole('row', { name: 'lifecycle crashed/panicked 0 ms' }).waitFor();
      await page
        .getByRole('table', { name: 'Journal' })
        .getByRole('row', { name: /act begun/ })
        .waitFor();
      expect(visitor.complaints).toEqual([]);
    });

    it('of a host shows how far its recovery is', async () => {
      const { page } = visitor;
      await visitor.signIn('reader', `/notifications/${day.host}`);
      await page.getByLabel('50 per cent of the instances were brought back').waitFor();
      await page.getByRole('row', { name: /erp-1 succeeded compute-04 compute-01/ }).waitFor();
    });

    it('is steered by an admin, with a reason', async () => {
      const { page } = visitor;
      const { body } = await file('to-abort');
      await visitor.signIn('admin', `/notifications/${body.notification.uuid}`);
      await page.getByRole('button', { name: 'Abort' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Reason').fill('wrong rack');
      await dialog.getByRole('button', { name: 'Abort' }).click();
      await dialog.waitFor({ state: 'hidden' });
      await page.getByText('wrong rack').first().waitFor();
    });
  });

  it('draws the last day of all guests, and says what is held and why', async () => {
    const { page } = visitor;
    await visitor.signIn('reader', '/overview');
    await page.getByRole('link', { name: '1 recovery waits for an operator' }).waitFor();
    await page.getByText(/^3 of 5 hosts of segment rack-7 fail at once: held until/).waitFor();
    await page.getByRole('img', { name: /^Guests over the last day\. well: \d+ now, between/ }).waitFor();
    expect(visitor.complaints).toEqual([]);
    await page.getByRole('link', { name: 'compute-05', exact: true }).click();
    await page.getByText('Since', { exact: false }).first().waitFor();
  });

  it('keeps the overview in line with what happens', async () => {
    const { page } = visitor;
    await visitor.signIn('reader', '/overview');
    const day = page.getByRole('region', { name: 'Notifications of the last day' });
    const counts = async (): Promise<string> => (await day.textContent()) ?? '';
    await page.getByText(/^3 of 5 hosts of segment rack-7/).waitFor();
    for (const what of ['filed', 'finished']) {
      const before = await counts();
      if (what === 'filed') await file('overview-1');
      else await workThrough(stage, { status: 'finished', message: 'restarted, and heard again' }, 1);
      await expect.poll(counts, { timeout: 8000 }).not.toBe(before);
    }
    await page.getByRole('status', { name: 'Live updates' }).getByText('live', { exact: true }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it('tells of each host whether it would be recovered, and why not', async () => {
    const { page } = visitor;
    await reportGuests(stage);
    await visitor.signIn('reader', '/segments');
    await page.getByRole('link', { name: 'rack-7' }).click();
    await page.getByRole('row', { name: /compute-01 .*would be recovered .*reserved: standby-01/ }).waitFor();
    await page.getByRole('row', { name: /compute-03 .*would not .*it is on maintenance/ }).waitFor();
  });

  it('tells what a configuration would have done to the last day', async () => {
    const { page } = visitor;
    await visitor.signIn('reader', '/operations');
    await page
      .getByText('By what runs now 1 instance would have been reported in the last day, by this 0.')
      .waitFor();
    await page.getByRole('row', { name: /^no more ci-runner-2 compute-01 heartbeat-lost/ }).waitFor();
  });

  describe('a reader', () => {
    it.each([
      ['/segments', 'New segment'],
      ['/operations', 'Pause'],
    ])('sees no button on %s', async (path, button) => {
      await visitor.signIn('reader', path);
      await visitor.page.getByRole('heading', { level: 1 }).waitFor();
      await visitor.page.waitForLoadState('networkidle').catch(() => {});
      expect(await visitor.page.getByRole('button', { name: button }).count()).toBe(0);
    });

    it('is refused by the API all the same, and so is a request that other sites could send', async () => {
      await visitor.signIn('reader');
      const ask = (init: object): Promise<unknown> =>
        visitor.page.evaluate(`fetch('/v2/pause', ${JSON.stringify(init)}).then(({ status }) => status)`);
      expect(await ask({ method: 'DELETE', headers: { 'x-instance-ha-console': '1' } })).toBe(403);
      expect(await ask({ headers: { 'x-instance-ha-console': '1' } })).toBe(200);
      expect(await ask({})).toBe(403);
    });
  });

  describe('an admin', () => {
    it('pauses all recovery, which every page then says, and resumes it', async () => {
      const { page } = visitor;
      await visitor.signIn('admin', '/operations');
      await page.getByLabel(/^Reason/).fill('switch upgrade');
      await page.getByRole('button', { name: 'Pause', exact: true }).click();
      await page.getByRole('status').getByText('switch upgrade').waitFor();
      await page.getByRole('link', { name: 'Guests' }).click();
      await page.getByRole('status').getByText('switch upgrade').waitFor();
      await page.getByRole('link', { name: 'Operations' }).click();
      await page.getByRole('button', { name: 'Resume now' }).click();
      await page.getByText('Recovery goes on.').waitFor();
    });

    it('makes a segment with its hosts in two steps, and is told when a host is refused', async () => {
      const { page } = visitor;
      await visitor.signIn('admin', '/segments');
      await page.getByRole('button', { name: 'New segment' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel(/^Name/).fill('rack-8');
      await dialog.getByRole('button', { name: 'Next: hosts' }).click();
      await dialog.getByLabel(/^Host name/).fill('compute-01');
      await dialog.getByRole('button', { name: 'Make the segment' }).click();
      await dialog.getByRole('alert').waitFor(); // It is in rack-7.
      await dialog.getByLabel(/^Host name/).fill('compute-81');
      await dialog.getByRole('button', { name: 'Make the segment' }).click();
      await page.getByRole('heading', { name: 'rack-8', level: 1 }).waitFor();
      await page.getByRole('row', { name: /compute-81/ }).waitFor();
      await page.getByRole('button', { name: 'Edit compute-81' }).click();
      await page
        .getByRole('dialog')
        .getByRole('switch', { name: /^On maintenance/ })
        .click({ force: true });
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByRole('row', { name: /compute-81 on maintenance/ }).waitFor();
    });
  });

  describe('the editor', () => {
    const editor = () => visitor.page.getByRole('textbox', { name: 'instance-ha.conf' });
    const replaceAll = async (text: string): Promise<void> => {
      await editor().click();
      await visitor.page.keyboard.press('Control+A');
      await visitor.page.keyboard.insertText(text);
    };
    const open = async (name: 'admin' | 'reader', host: string): Promise<void> => {
      await visitor.signIn(name, `/configuration?host=${host}`);
      await editor().waitFor();
    };

    it('marks what is wrong on its very line, saves it when it is right, and keeps its history', async () => {
      const { page } = visitor;
      await open('admin', 'compute-21');
      await replaceAll('[DEFAULT]\ninstance_check_interval = -5\n');
      const told = page.getByRole('status', { name: 'What is wrong with the text' });
      await told.getByText(/^Line 2: /).waitFor();
      const mark = page.locator('.cm-lintRange-error');
      expect(await mark.textContent()).toBe('-5');
      await replaceAll('[DEFAULT]\ninstance_check_interval = 5\n');
      await page.getByText('No errors').waitFor();
      const unsaved = page.getByRole('region', { name: 'Not saved yet' });
      await unsaved.getByText('+ instance_check_interval = 5').waitFor();
      await unsaved.getByText('against what runs').click();
      await unsaved.getByText('+ instance_check_interval = 5').waitFor();
      await page.getByLabel('Why').fill('notice hangs sooner');
      await page.getByRole('button', { name: 'Save Current File' }).click();
      await page.getByText(/^Saved as revision/).waitFor();
      const saves = page.getByRole('table', { name: 'Saves' });
      await saves.getByRole('row', { name: /sound .*admin notice hangs sooner/ }).waitFor();
      await saves.getByRole('button', { name: 'changes', exact: true }).click();
      await page.getByLabel('Differences').getByText('+ instance_check_interval = 5').waitFor();
      // Chromium itself keeps the look of text that is typed over in an inline style, which the policy forbids it.
      expect(visitor.complaints.filter(text => !text.startsWith('Applying inline style'))).toEqual([]);
    });

    it('completes names and tells what they mean', async () => {
      const { page } = visitor;
      await open('admin', 'compute-22');
      await replaceAll('[DEFAULT]\n');
      await page.keyboard.type('instance_ch');
      await page.getByRole('option', { name: /^instance_check_interval/ }).waitFor();
      await page
        .getByText(/Seconds between/)
        .first()
        .waitFor();
    });

    it('tells the second of two who save, and loses nothing of either', async () => {
      const { page } = visitor;
      await open('admin', 'compute-23');
      await replaceAll('# mine\n');
      const body = { text: '# theirs\n' };
      const file = { params: { file: 'instance-ha.conf' }, query: { host: 'compute-23' } } as const;
      await stage.client().v2.configuration.save({ ...file, headers: { 'if-match': '"0"' }, body });
      await page.getByRole('button', { name: 'Save Current File' }).click();
      await page.getByRole('alert').getByText('Somebody saved meanwhile').waitFor();
      expect(await editor().textContent()).toContain('# mine');
      await page.getByRole('button', { name: 'Save mine as the newer one' }).click();
      await page.getByText(/^Saved as revision/).waitFor();
      const saved = await stage.client().v2.configuration.get(file);
      expect(saved.body.text).toBe('# mine\n');
      const { revisions } = (await stage.client().v2.configuration.revisions(file)).body;
      expect(revisions).toHaveLength(2);
    });

    it('lets a reader look and not save', async () => {
      await open('reader', 'compute-01');
      await visitor.page.getByText('You may look, not save.').waitFor();
      expect(await visitor.page.getByRole('button', { name: 'Save Current File' }).count()).toBe(0);
    });
  });

  it('follows a roll-out host by host', async () => {
    const { page } = visitor;
    await visitor.signIn('reader', '/operations');
    await page
      .getByRole('link', { name: /^Reconfigure with revision/ })
      .first()
      .click();
    await page.getByRole('row', { name: /^failed compute-02 .*is set by the environment/ }).waitFor();
    const row = page.getByRole('row', { name: /compute-03 monitor/ });
    await row.getByText('applying').waitFor();
    const { operations } = (await stage.client().v2.operations.list()).body;
    const revision = operations[0]?.revision ?? 0;
    const told = { service: 'monitor', name: 'compute-03', version: '0.1.0' } as const;
    await stage.client().v2.configuration.running({
      params: { host: 'compute-03' },
      body: { ...told, wanted: revision, running: revision, state: 'applied', error: null },
    });
    await row.getByText('applied', { exact: true }).waitFor({ timeout: 2000 });
  });

  it('goes on after the API was restarted, and leaves nothing out', async () => {
    const { page } = visitor;
    await visitor.signIn();
    await row('web-1')
      .first()
      .waitFor()
      .catch(() => {});
    await stage.stopApi();
    await page.getByRole('status', { name: 'Live updates' }).getByText('reconnecting').waitFor();
    await stage.stores.notifications.file(crashOf('while-away'), { name: 'monitor-node-1' });
    await stage.startApi();
    await row('while-away').waitFor();
    await page.getByRole('status', { name: 'Live updates' }).getByText('live', { exact: true }).waitFor();
  });

  it('fits a narrow screen', async () => {
    await using narrow = await visit(browser, stage, { viewport: { width: 390, height: 800 } });
    await narrow.signIn();
    const { page } = narrow;
    const overflow = (): Promise<unknown> =>
      page.evaluate('document.documentElement.scrollWidth - innerWidth');
    for (const path of ['/notifications', '/overview', '/guests', `/notifications/${day.finished}`]) {
      await narrow.goTo(path);
      expect(await overflow(), path).toBe(0);
    }
    await page.getByRole('button', { name: 'Pages' }).click();
    await page.getByRole('link', { name: 'Segments' }).click();
    await page.getByRole('heading', { name: 'Segments' }).waitFor();
  });

  describe.each(['light', 'dark'] as const)('axe finds nothing serious in %s colours', colorScheme => {
    const paths = [
      '/overview',
      '/notifications',
      '/guests',
      '/monitors',
      '/segments',
      '/vmoves',
      '/operations',
      '/operations/1',
      '/configuration',
      '/audit',
    ];
    it('on any page', async () => {
      await using looker = await visit(browser, stage, { colorScheme });
      await looker.page.goto(stage.origin);
      await looker.page.getByLabel(/^Token/).waitFor();
      const faults: string[] = await seriousFaults(looker.page);
      await looker.signIn();
      for (const path of [...paths, `/notifications/${day.finished}`, `/notifications/${day.host}`]) {
        await looker.goTo(path);
        await looker.page.waitForTimeout(300); // Only so that lists are on the page; what is not is not judged.
        faults.push(...(await seriousFaults(looker.page)).map(fault => `${path}: ${fault}`));
      }
      expect(faults).toEqual([]);
      expect(looker.complaints).toEqual([]);
    });
  });

  it('sends no more than 200 kB for its first page', () => {
    const files = filesOf('src/pages/notifications/notifications-page.tsx');
    const total = [...files.values()].reduce((sum, size) => sum + size, 0);
    expect(total, JSON.stringify([...files])).toBeLessThanOrEqual(200_000);
  });
});
