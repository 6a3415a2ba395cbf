import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { launchChromium } from './chromium.ts';
import { openStage, type Stage } from './stage.ts';
import { crashOf, workThrough } from './stories.ts';

const reason = inject('noChromium');

describe.skipIf(reason !== undefined)('the console in Chromium', () => {
  let stage: Stage;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    [stage, browser] = await Promise.all([openStage(), launchChromium()]);
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.[Symbol.asyncDispose]();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    complaints = [];
    page.on('console', message => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', error => complaints.push(String(error)));
  });
  afterEach(() => context.close());

  const signIn = async (name: 'admin' | 'reader' = 'admin', path = '/'): Promise<void> => {
    await page.goto(stage.origin + path);
    await page.getByLabel(/^Token/).fill(stage.token(name));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.getByRole('status', { name: 'Live updates' }).getByText('live', { exact: true }).waitFor();
  };

  it('signs in with a token, shows what failed, and a new crash appears within a second', async () => {
    await stage.client().v2.notifications.create({ body: crashOf('web-1') });
    await signIn();
    await page.getByRole('link', { name: 'web-1' }).waitFor();
    await stage.client().v2.notifications.create({ body: crashOf('web-2') });
    await page.getByRole('link', { name: 'web-2' }).waitFor({ timeout: 1000 });
    await workThrough(stage, { status: 'finished', message: 'restarted, and heard again' }, 2);
    const row = page.getByRole('row').filter({ hasText: 'web-2' });
    await row.getByText('finished', { exact: true }).waitFor({ timeout: 1000 });
    expect(complaints).toEqual([]);
  });
});
