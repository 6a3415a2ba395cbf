import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { identify } from '@instance-ha/lab/tools';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { placesIn } from './places.ts';
import { createServiceRunner } from './service-runner.ts';
import { markVariable, type Service } from './services.ts';

let dir = '';
const mark = `test-${process.pid}`;
const runner = () => createServiceRunner(placesIn(dir), mark);
const shell = (script: string): Service => ({
  name: 'it',
  command: '/bin/sh',
  args: ['-c', script],
  env: { PATH: '/usr/bin:/bin', [markVariable]: mark },
  ready: undefined,
  wave: 1,
  stopTimeoutMs: 1_000,
});

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'openstack-lab-'));
  for (const part of ['run', 'log']) mkdirSync(join(dir, part));
});
afterEach(async () => {
  await runner().sweep();
  rmSync(dir, { recursive: true });
});

it('starts once, is known to another process of the lab, and ends with its children', async () => {
  expect(runner().start(shell('sleep 60 & sleep 60; :'))).toBe(true);
  expect(runner().start(shell('sleep 60'))).toBe(false);
  const [it] = runner().processes();
  expect(it).toMatchObject({ name: 'it', alive: true });
  expect(await runner().stop('it', 1_000)).toBe(true);
  expect(identify(it?.pid ?? 0)).toBeUndefined();
  expect(await runner().sweep()).toBe(0);
});

it('kills what does not obey', async () => {
  runner().start(shell('trap "" TERM; while :; do sleep 0.1; done'));
  expect(await runner().stop('it', 300)).toBe(true);
  expect(runner().isRunning('it')).toBe(false);
});

it('never signals a process that was given the pid of one of ours', async () => {
  writeFileSync(join(dir, 'run/it.pid'), JSON.stringify({ pid: process.pid, startTicks: '1' }));
  expect(runner().isRunning('it')).toBe(false);
  expect(await runner().stop('it', 100)).toBe(false); // and this process lives on
});

it('sweeps what has outlived its service', async () => {
  runner().start(shell('setsid sleep 60 & exit 0'));
  const { pid } = runner().processes()[0] ?? { pid: 0 };
  await expect.poll(() => identify(pid)).toBeUndefined();
  expect(await runner().sweep()).toBe(1);
});

it('says what a service said last when it ended by itself', async () => {
  const service = shell('echo no such table >&2; exit 1');
  runner().start(service);
  const { pid } = runner().processes()[0] ?? { pid: 0 };
  await expect.poll(() => identify(pid)).toBeUndefined();
  await expect(runner().ready(service)).rejects.toThrow(/it ended by itself.*no such table/);
});
