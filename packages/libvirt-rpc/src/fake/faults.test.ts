import { describe, expect, it } from 'vitest';
import { connectLibvirt } from '../connect.ts';
import { describeLifecycle } from '../protocol/domain-event.ts';
import { DomainState, describeDomainState } from '../protocol/domain-state.ts';
import { type LibvirtEvent, libvirtEventTypes } from '../protocol/events.ts';
import { createFakeLibvirtd } from './fake-libvirtd.ts';
import { type GuestScript, guestScripts } from './faults.ts';
import type { FakeGuestSpec } from './guest.ts';
import { createManualTimers } from './manual-timers.ts';

/**
 * What each script must tell, as seen on real guests: libvirt 9.0, QEMU 7.2. Offsets in milliseconds; repeated
 * lines as "× n"; then the state that is left and how the agent is.
 */
const stories: Record<GuestScript, [spec: Partial<FakeGuestSpec>, ...story: string[]]> = {
  panic: [
    {},
    '0 SUSPENDED/PAUSED',
    '50 CRASHED/PANICKED',
    '100 STOPPED/CRASHED',
    '= SHUTOFF/CRASHED, agent not-connected',
  ],
  'panic-silent': [{}, '= RUNNING/BOOTED, agent hung'],
  'panic-reboot': [{}, '0 agent 2,2', '0 reboot × 40', '3700 agent 1,2', '= RUNNING/BOOTED, agent answers'],
  'watchdog-reset': [
    {},
    '0 watchdog 2',
    '0 reboot × 2',
    '0 agent 2,2',
    '3700 agent 1,2',
    '= RUNNING/BOOTED, agent answers',
  ],
  'watchdog-poweroff': [{}, '0 watchdog 3', '1200 STOPPED/FAILED', '= SHUTOFF/CRASHED, agent not-connected'],
  'watchdog-pause': [{}, '0 watchdog 1', '0 SUSPENDED/WATCHDOG', '= PAUSED/WATCHDOG, agent answers'],
  'watchdog-dump': [
    {},
    '0 watchdog 1',
    '0 SUSPENDED/WATCHDOG',
    '200 RESUMED/UNPAUSED',
    '= RUNNING/UNPAUSED, agent answers',
  ],
  'watchdog-shutdown': [{}, '0 watchdog 4', '= RUNNING/BOOTED, agent answers'],
  'watchdog-inject-nmi': [{}, '0 watchdog 6', '= RUNNING/BOOTED, agent answers'],
  'io-error': [{}, '0 io-error 1, 1 enospc × 20', '0 SUSPENDED/IOERROR', '= PAUSED/IOERROR, agent answers'],
  'io-error-report': [{}, '0 io-error 2, 2  × 12', '= RUNNING/BOOTED, agent answers'],
  'agent-killed': [{}, '0 agent 2,2', '= RUNNING/BOOTED, agent not-connected'],
  'agent-started': [{ agent: 'not-connected' }, '0 agent 1,2', '= RUNNING/BOOTED, agent answers'],
  'agent-frozen': [{}, '= RUNNING/BOOTED, agent hung'],
  'agent-thawed': [{ agent: 'hung' }, '= RUNNING/BOOTED, agent answers'],
  'fork-bomb': [{}, '0 agent 2,2', '= RUNNING/BOOTED, agent not-connected'],
  'fork-bomb-hard': [{}, '= RUNNING/BOOTED, agent hung'],
  'cpu-busy': [{}, '= RUNNING/BOOTED, agent answers'],
  'qemu-stopped': [{}, '= RUNNING/BOOTED, agent hung'],
  'qemu-continued': [{ agent: 'hung' }, '= RUNNING/BOOTED, agent answers'],
  'qemu-killed': [{}, '0 STOPPED/FAILED', '= SHUTOFF/CRASHED, agent not-connected'],
  'qemu-terminated': [{}, '0 SHUTDOWN/HOST', '0 STOPPED/SHUTDOWN', '= SHUTOFF/SHUTDOWN, agent not-connected'],
  'guest-poweroff': [
    {},
    '0 agent 2,2',
    '0 SHUTDOWN/GUEST',
    '0 STOPPED/SHUTDOWN',
    '= SHUTOFF/SHUTDOWN, agent not-connected',
  ],
  'guest-reboot': [{}, '0 reboot × 2', '0 agent 2,2', '3700 agent 1,2', '= RUNNING/BOOTED, agent answers'],
  'managed-save': [{}, '0 SUSPENDED/PAUSED', '0 STOPPED/SAVED', '= SHUTOFF/SAVED, agent not-connected'],
  'managed-restore': [
    { state: DomainState.SHUTOFF, agent: 'not-connected' },
    '0 agent 2,1',
    '0 STARTED/RESTORED',
    '0 RESUMED/FROM_SNAPSHOT',
    '0 agent 1,2',
    '= RUNNING/RESTORED, agent answers',
  ],
  'migrate-out': [{}, '0 SUSPENDED/MIGRATED', '0 STOPPED/MIGRATED', '= unknown here'],
  'migrate-in': [
    { state: DomainState.SHUTOFF, agent: 'not-connected' },
    '0 agent 2,1',
    '0 STARTED/MIGRATED',
    '0 agent 2,2',
    '0 RESUMED/MIGRATED',
    '0 agent 1,2',
    '= RUNNING/MIGRATED, agent answers',
  ],
  'control-error': [{}, '0 control-error', '= RUNNING/BOOTED, agent answers'],
  start: [
    { state: DomainState.SHUTOFF, agent: 'not-connected' },
    '0 agent 2,1',
    '0 RESUMED/UNPAUSED',
    '0 STARTED/BOOTED',
    '3700 agent 1,2',
    '= RUNNING/BOOTED, agent answers',
  ],
  destroy: [{}, '0 SHUTDOWN/HOST', '0 STOPPED/DESTROYED', '= SHUTOFF/DESTROYED, agent not-connected'],
  suspend: [{}, '0 SUSPENDED/PAUSED', '= PAUSED/USER, agent answers'],
  resume: [
    { state: DomainState.PAUSED, reason: 1 },
    '0 RESUMED/UNPAUSED',
    '= RUNNING/UNPAUSED, agent answers',
  ],
  reset: [{}, '0 reboot × 2', '0 agent 2,2', '3700 agent 1,2', '= RUNNING/BOOTED, agent answers'],
  shutdown: [
    {},
    '300 agent 2,2',
    '300 SHUTDOWN/GUEST',
    '300 STOPPED/SHUTDOWN',
    '= SHUTOFF/SHUTDOWN, agent not-connected',
  ],
};

describe('a guest that meets', () => {
  it.each(Object.entries(stories))('%s', async (script, [spec, ...story]) => {
    expect(await played(spec, script as GuestScript)).toEqual(story);
  });
});

describe('<on_crash> decides what a panic becomes', () => {
  it('restart', async () => {
    expect(await played({ onCrash: 'restart' }, 'panic')).toEqual([
      '0 SUSPENDED/PAUSED',
      '0 CRASHED/PANICKED',
      '0 reboot × 2',
      '0 RESUMED/UNPAUSED',
      '0 agent 2,2',
      '3700 agent 1,2',
      '= RUNNING/CRASHED, agent answers',
    ]);
  });
  it('preserve', async () => {
    expect(await played({ onCrash: 'preserve' }, 'panic')).toEqual([
      '0 CRASHED/PANICKED',
      '= CRASHED/PANICKED, agent answers',
    ]);
  });
});

it('a guest without an agent channel tells nothing of agents', async () => {
  for (const script of Object.keys(guestScripts) as GuestScript[]) {
    const state = ['start', 'managed-restore', 'migrate-in'].includes(script) ? DomainState.SHUTOFF : 1;
    const story = await played({ agent: 'not-configured', state }, script);
    expect(story.filter(line => /^\d+ agent /.test(line))).toEqual([]);
  }
});

it('what waited for a boot gives up when the guest dies meanwhile', async () => {
  expect(await played({}, 'guest-reboot', 'qemu-killed')).toEqual([
    '0 reboot × 2',
    '0 agent 2,2',
    '0 STOPPED/FAILED',
    '= SHUTOFF/CRASHED, agent not-connected',
  ]);
});

async function played(spec: Partial<FakeGuestSpec>, ...scripts: GuestScript[]): Promise<string[]> {
  const timers = createManualTimers();
  const daemon = createFakeLibvirtd({ timers, guests: [{ name: 'guest', ...spec }] });
  const { uuid } = daemon.guest('guest');
  const connection = await connectLibvirt({ open: daemon.open, timers, keepalive: false });
  const lines: string[] = [];
  await connection.onEvent(libvirtEventTypes, event => void lines.push(`${timers.nowMs()} ${told(event)}`));
  for (const script of scripts) daemon.inflict('guest', script);
  await timers.advance(10_000);

  const guest = daemon.guests.get(uuid);
  const left =
    guest && `${describeDomainState(guest.state, guest.reason)}, agent ${String(guest.agent.behaviour)}`;
  await connection.close();
  return [...collapsed(lines), `= ${left ?? 'unknown here'}`];
}

function told(event: LibvirtEvent): string {
  switch (event.type) {
    case 'lifecycle':
      return describeLifecycle(event.event, event.detail);
    case 'reboot':
    case 'control-error':
      return event.type;
    case 'watchdog':
    case 'io-error':
      return `${event.type} ${event.action}`;
    case 'io-error-reason':
      return `${event.type} ${event.action} ${event.reason}`;
    case 'agent-lifecycle':
      return `agent ${event.state},${event.reason}`;
  }
}

/** Runs of one line, or of an I/O error's pair of lines, become one. */
function collapsed(lines: readonly string[]): string[] {
  const paired = lines
    .join('\n')
    .replaceAll(/(\d+ io-error \d)\n\d+ io-error-reason (.*)/g, '$1, $2')
    .split('\n');
  const runs: { line: string; times: number }[] = [];
  for (const line of paired.filter(Boolean)) {
    const last = runs.at(-1);
    if (last?.line === line) last.times += 1;
    else runs.push({ line, times: 1 });
  }
  return runs.map(({ line, times }) => (times === 1 ? line : `${line} × ${times}`));
}
