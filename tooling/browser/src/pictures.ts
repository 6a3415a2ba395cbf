/**
 * Takes the pictures of the docs: every page of the console, dark and light, into docs/pictures. Needs Chromium and leaves nothing
 * else behind. Run it from the root: node --conditions=@instance-ha/source tooling/browser/src/pictures.ts [PAGE…]
 */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { ensureChromium, launchChromium } from './chromium.ts';
import { buildConsole } from './global-setup.ts';
import { reportGuests, stageADay } from './showcase.ts';
import { openStage } from './stage.ts';
import { visit } from './visitor.ts';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'docs', 'pictures');
/** Pages whose best is below the first screen. */
const tall = new Set(['overview', 'operations']);
/** What is drawn last: charts of the first look, the editor's own start. */
const settledMs = 1200;

const found = await ensureChromium(line => console.error(line));
if (found !== true) throw new Error(`no pictures: ${found}`);
await buildConsole();
mkdirSync(folder, { recursive: true });
await using stage = await openStage();
const day = await stageADay(stage);
const segment = (await stage.client().v2.segments.list({ query: { name: 'rack-7' } })).body.segments[0];

const wanted = new Set(process.argv.slice(2));
const pages: Record<string, string> = {
  overview: '/overview',
  notifications: '/notifications',
  notification: `/notifications/${day.finished}`,
  'host-notification': `/notifications/${day.host}`,
  'vm-moves': '/vmoves',
  guests: '/guests',
  monitors: '/monitors',
  segments: '/segments',
  segment: `/segments/${segment?.uuid}`,
  configuration: '/configuration',
  operations: '/operations',
  operation: '/operations/1',
  audit: '/audit',
};

const browser = await launchChromium();
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    await using visitor = await visit(browser, stage, { colorScheme });
    const take = async (name: string): Promise<void> => {
      await visitor.page.waitForTimeout(settledMs);
      const path = join(folder, `${name}-${colorScheme}.png`);
      await visitor.page.screenshot({ path, fullPage: tall.has(name) });
    };
    await visitor.page.goto(stage.origin);
    if (wanted.size === 0 || wanted.has('sign-in')) await take('sign-in');
    await visitor.signIn();
    for (const [name, path] of Object.entries(pages)) {
      if (wanted.size > 0 && !wanted.has(name)) continue;
      await reportGuests(stage);
      await visitor.goTo(path);
      if (name === 'configuration') await mistype(visitor.page);
      await take(name);
    }
  }
} finally {
  await browser.close();
}

/** A wrong value in the editor, so that the picture shows what is said of it. */
async function mistype(page: Page): Promise<void> {
  await page.locator('.cm-line', { hasText: 'instance_check_interval' }).click();
  await page.keyboard.press('End');
  await page.keyboard.press('Backspace');
  await page.keyboard.type('-5');
  await page.getByText(/^Line 3: /).waitFor();
}
