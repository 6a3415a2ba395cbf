/**
 * What the console is for, on real parts: Chromium, the API with its PostgreSQL, a worker, and monitors on real guests of two
 * libvirtds. The stories follow one another.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort, Stack } from '@instance-ha/e2e';
import type { LabGuest, LabHost } from '@instance-ha/lab';
import { realLabOrSkip } from '@instance-ha/lab/fixture';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { ensureChromium, launchChromium } from './chromium.ts';
import { buildConsole } from './global-setup.ts';
import { type Visitor, visit } from './visitor.ts';

const real = await realLabOrSkip();
const names = ['story-1', 'story-2'] as const;

describe.skipIf(real.skip)('the console over real guests', () => {
  let stack: Stack;
  let browser: Browser;
  let visitor: Visitor;
  let guest: LabGuest;
  const ports = new Map<string, number>();

  beforeAll(async () => {
    if (real.skip) return;
    const found = await ensureChromium(line => process.stderr.write(`${line}\n`));
    if (found !== true) throw new Error(found);
    const hosts: LabHost[] = [];
    for (const name of names) {
      hosts.push(await real.lab.host(name));
      ports.set(name, await freePort());
    }
    await buildConsole();
    stack = await Stack.start(hosts, {
      env: {
        OS_DEFAULT__INSTANCE_CHECK_INTERVAL: undefined, // The default, 30 s.
        OS_MONITOR__RECORD_INTERVAL: '2',
      },
      monitorEnv: host => ({ OS_MONITOR__METRICS_PORT: String(ports.get(host)) }),
    });
    guest = await stack.guest(hosts[0] as LabHost, 'story');
    browser = await launchChromium();
    const token = (name: string) =>
      readFileSync(join(stack.folder, 'tokens', `${name}.token`), 'utf8').trim();
    visitor = await visit(browser, { origin: stack.origin, token });
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
    if (!real.skip) await real.lab.down();
  });

  const tellOnFailure = (): void =>
    onTestFailed(async () => {
      console.error(`${stack.logs()}\n── the page\n${await visitor.page.locator('body').textContent()}`);
    });
  const interval = async (host: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${ports.get(host)}/metrics`)).text();
    return Number(/^vmha_check_interval_seconds(?:\{[^}]*\})? (\S+)$/m.exec(text)?.[1]);
  };
  const rowOf = (...texts: string[]) =>
    texts.reduce((rows, hasText) => rows.filter({ hasText }), visitor.page.getByRole('row'));

  it('shows a crash within a second, without a reload, and how it went', async () => {
    tellOnFailure();
    const { page } = visitor;
    await visitor.signIn('admin', '/notifications');
    await page.evaluate(() => Object.assign(globalThis, { neverReloaded: true }));
    await guest.fault('qemu-kill');
    await rowOf(guest.name).waitFor({ timeout: 10_000 });
    const shownAtMs = Date.now();
    const [filed] = await stack.notifications(guest);
    expect(shownAtMs - Date.parse(filed?.acceptedAt ?? '')).toBeLessThan(1000);
    await rowOf(guest.name).getByText('finished').waitFor({ timeout: 90_000 });
    expect(await page.evaluate(() => 'neverReloaded' in globalThis)).toBe(true);

    await rowOf(guest.name).getByRole('link').first().click();
    await page.getByRole('img', { name: /^Timeline: fault after 0 ms, detected .*heartbeat back/ }).waitFor();
    await page
      .getByRole('table', { name: 'Signals' })
      .getByRole('row', { name: /^lifecycle stopped\/failed/ })
      .waitFor();
    await page
      .getByRole('table', { name: 'Journal' })
      .getByRole('row', { name: /verified/ })
      .waitFor();
  }, 150_000);

  it('rolls an interval of 5 s out to both hosts, after -5 was refused on its line', async () => {
    tellOnFailure();
    const { page } = visitor;
    expect(await Promise.all(names.map(interval))).toEqual([30, 30]);
    await visitor.goTo('/configuration');
    const editor = page.getByRole('textbox', { name: 'instance-ha.conf' });
    const write = async (text: string): Promise<void> => {
      await editor.click();
      await page.keyboard.press('Control+A');
      await page.keyboard.insertText(text);
    };
    await write('[DEFAULT]\ninstance_check_interval = -5\n');
    await page
      .getByRole('status', { name: 'What is wrong with the text' })
      .getByText(/^Line 2: /)
      .waitFor();
    await write('[DEFAULT]\ninstance_check_interval = 5\n');
    await page.getByText('No errors').waitFor();
    await page.getByRole('button', { name: 'Save Current File' }).click();
    await page.getByText(/^Saved as revision/).waitFor();

    await visitor.goTo('/operations');
    await page.getByRole('button', { name: /^Reconfigure with revision/ }).click();
    for (const name of names)
      await rowOf(name, 'monitor').getByText('applied', { exact: true }).waitFor({ timeout: 30_000 });
    await eventually('both monitors ask every 5 s', 10_000, async () =>
      (await Promise.all(names.map(interval))).every(seconds => seconds === 5),
    );
  }, 90_000);

  it('detects a hang accordingly from then on', async () => {
    tellOnFailure();
    await visitor.goTo('/notifications');
    const { page } = visitor;
    const before = (await stack.notifications(guest)).length;
    await stack.untilPhase(guest, 'alive');
    const stoppedAtMs = Date.now();
    await guest.fault('agent-stop');
    await eventually(
      'the hang is reported',
      30_000,
      async () => (await stack.notifications(guest)).length > before,
    );
    // Two misses: with 30 s between two questions the first of them would be later than this on average, the second always.
    expect(Date.now() - stoppedAtMs).toBeLessThan(30_000);
    await rowOf(guest.name, 'new')
      .or(rowOf(guest.name, 'running'))
      .or(rowOf(guest.name, 'finished'))
      .first()
      .waitFor();
    expect(await page.getByRole('row').filter({ hasText: guest.name }).count()).toBe(before + 1);
    const { notification } = await stack.untilEnded(guest, before + 1);
    expect(notification.status).toBe('finished');

    const text = '[DEFAULT]\ninstance_check_interval = 5\n[monitor]\nfailure_threshold = 4\n';
    await eventually('the last day is told by what was recorded', 10_000, async () => {
      const { lastDay } = (await stack.api.v2.configuration.preview({ body: { draft: { text } } })).body;
      const told = lastDay?.guests.find(one => one.instanceUuid === guest.uuid);
      if (told?.in !== 'both') throw new Error(`it is told as ${JSON.stringify(lastDay)}`);
      return true;
    });
  }, 150_000);

  it('says which monitor did not take part in a roll-out, and that it caught up', async () => {
    tellOnFailure();
    const { configuration, operations } = stack.api.v2;
    const params = { file: 'instance-ha.conf' as const };
    const { etag } = (await configuration.get({ params })).body;
    const text = '[DEFAULT]\ninstance_check_interval = 6\n';
    const saved = await configuration.save({ params, headers: { 'if-match': etag }, body: { text } });
    const { revision } = saved.body;
    const [first, second] = names.map(name => stack.monitor(name));
    first?.freeze(); // Holds the roll-out in its middle.
    const { id } = (
      await operations.create({
        body: { kind: 'reconfigure', revision, atOnce: 1, answerWithinMs: 10_000, onFailure: 'go-on' },
      })
    ).body.operation;
    await visitor.goTo(`/operations/${id}`);
    await rowOf(names[0], 'monitor').getByText('applying').waitFor();
    await second?.kill();
    first?.thaw();
    await rowOf(names[1], 'monitor').getByText('not answering').waitFor({ timeout: 30_000 });
    second?.start();
    await rowOf(names[1], 'monitor').getByText('applied', { exact: true }).waitFor({ timeout: 60_000 });
    await eventually('it asks every 6 s', 10_000, async () => (await interval(names[1])) === 6);
    expect(visitor.complaints.filter(said => !said.startsWith('Applying inline style'))).toEqual([]);
  }, 120_000);
});
