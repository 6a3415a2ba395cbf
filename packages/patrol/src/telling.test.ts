import type { GuestView } from '@instance-ha/guest-health';
import { incidentKey } from '@instance-ha/notification';
import type { FiledNotification } from '@instance-ha/ports';
import { describe, expect, it } from 'vitest';
import { type Standing, tellWhatStands } from './telling.ts';

const instanceUuid = '00000000-0000-4000-8000-000000000001';
const minute = 60_000;
const rule = tellWhatStands(() => ({ broughtBackWaitMs: 2 * minute }));

const crash = (told: Partial<{ handledBy: 'none' | 'qemu' | 'libvirt'; hadHeartbeat: boolean }> = {}) =>
  ({
    incidentKey: incidentKey({
      type: 'COMPUTE_INSTANCE',
      host: 'node1',
      instanceUuid,
      boot: '7@a',
      sequence: 1,
    }),
    host: 'node1',
    faultAt: '2026-01-02T03:04:05.600Z',
    detectedAt: '2026-01-02T03:04:05.678Z',
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid,
      instanceName: 'web',
      fault: 'qemu-failed',
      handledBy: 'none',
      hadHeartbeat: true,
      boot: '7@a',
      domainId: 7,
      libvirtEvent: null,
      ...told,
    },
    evidence: null,
  }) satisfies FiledNotification;

const incident: NonNullable<GuestView['incident']> = {
  boot: '7@a',
  sequence: 1,
  fault: 'qemu-failed',
  heardAgainAtMs: null,
  heardAgainBoot: null,
};
const failed: GuestView = {
  instanceUuid,
  instanceName: 'web',
  phase: 'failed',
  why: 'stopped-failed',
  sinceMs: 0,
  lastBeatMs: 0,
  misses: 0,
  boot: '7@a',
  domainId: null,
  profile: null,
  incident,
};
const standing = (guest: Partial<GuestView> | undefined, told: Partial<Standing> = {}): Standing => ({
  guest: guest && { ...failed, ...guest },
  seen: true,
  ageMs: 0,
  ...told,
});

describe('a failure that stands is told', () => {
  it.each<[string, Standing]>([
    ['at once', standing({})],
    ['an hour later', standing({}, { ageMs: 60 * minute })],
    ['while libvirtd has just gone', standing({}, { seen: false, ageMs: 2000 })],
    ['though the record of it was lost', standing({ incident: null, phase: 'stopped' })],
  ])('%s', (_when, seen) => {
    expect(rule(crash(), seen)).toEqual({ tell: 'now' });
  });

  it('of a host or a process, whatever is known of guests', () => {
    const host: FiledNotification = {
      ...crash(),
      payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: null, clusterStatus: null },
    };
    expect(rule(host, standing(undefined, { seen: false, ageMs: minute }))).toEqual({ tell: 'now' });
  });
});

describe('a failure that is over is not told', () => {
  it.each<[string, Standing, string]>([
    [
      'heard again',
      standing({ incident: { ...incident, heardAgainAtMs: 5 }, phase: 'alive' }),
      'heard again',
    ],
    ['answers, its record lost', standing({ incident: null, phase: 'alive' }), 'answers'],
    ['failed once more', standing({ incident: { ...incident, sequence: 2 } }), 'once more'],
    ['stopped by its owner', standing({ phase: 'stopped', why: 'destroyed' }), 'stopped since: destroyed'],
    ['suspended by its owner', standing({ phase: 'suspended' }), 'suspended since'],
    ['started by somebody', standing({ phase: 'unproven', boot: '8@b' }), 'started again'],
    ['gone from the host', standing(undefined), 'not on this host'],
  ])('%s', (_name, seen, why) => {
    expect(rule(crash(), seen)).toEqual({ tell: 'never', why: expect.stringContaining(why) });
  });
});

describe('a failure that cannot be judged now waits', () => {
  it('until the host can be seen', () => {
    expect(rule(crash(), standing({}, { seen: false, ageMs: minute }))).toMatchObject({ tell: 'later' });
    expect(rule(crash(), standing(undefined, { seen: false, ageMs: minute }))).toMatchObject({
      tell: 'later',
    });
  });

  it.each(['qemu', 'libvirt'] as const)(
    'while %s restarts the guest, and is told when it is not heard in time',
    by => {
      const restarted = crash({ handledBy: by });
      const view = { boot: by === 'libvirt' ? '8@b' : '7@a' };
      expect(rule(restarted, standing(view, { ageMs: minute }))).toMatchObject({ tell: 'later' });
      expect(rule(restarted, standing(view, { ageMs: 2 * minute }))).toEqual({ tell: 'now' });
      const heard = { ...view, incident: { ...incident, heardAgainAtMs: 5 } };
      expect(rule(restarted, standing(heard, { ageMs: 2 * minute }))).toMatchObject({ tell: 'never' });
    },
  );

  it('and is not told of a guest without heartbeat that is restarted already: nobody could say that it is not back', () => {
    const restarted = crash({ handledBy: 'qemu', hadHeartbeat: false });
    expect(rule(restarted, standing({}))).toMatchObject({ tell: 'never' });
  });
});
