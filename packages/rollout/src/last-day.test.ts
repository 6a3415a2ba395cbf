import { loadPushed } from '@instance-ha/config';
import type { Recording } from '@instance-ha/guest-health';
import { describe, expect, it } from 'vitest';
import { blindSpots, compareOnHost, judgesOtherwise, type RecordedHost } from './last-day.ts';

function monitorOf(text: string) {
  const loaded = loadPushed([{ name: 'instance-ha.conf', text }]);
  if (!loaded.ok) throw new Error('the text of this test is not sound');
  return { monitor: loaded.config.monitor };
}
const by = (lines: string) => monitorOf(`[monitor]\n${lines}\n`);

const uuid = '00000000-0000-4000-8000-000000000001';
const minuteMs = 60_000;

/** A guest that is found and answers, then misses so many times, and answers again. */
function recorded(misses: number): Recording {
  const at = (seconds: number): number => seconds * 1000;
  const profile = {
    agentChannel: true,
    onCrash: 'destroy',
    panicDevice: true,
    watchdog: null,
    persistent: true,
  } as const;
  const ping = (seconds: number, outcome: 'answered' | 'no-answer') =>
    ({
      of: uuid,
      type: 'ping',
      outcome,
      detail: null,
      askedAtMs: at(seconds) - 1000,
      atMs: at(seconds),
    }) as const;
  return {
    fromAt: 0,
    toAt: 10 * minuteMs,
    heard: 0,
    guests: [],
    signals: [
      { of: uuid, type: 'profile', profile, name: 'web', atMs: at(1) },
      {
        of: uuid,
        type: 'state',
        state: 'running',
        reason: 'booted',
        domainId: 1,
        cpuTimeNs: null,
        atMs: at(1),
      },
      ping(3, 'answered'),
      ...Array.from({ length: misses }, (_, index) => ping(30 * (index + 1), 'no-answer')),
      ping(30 * (misses + 1), 'answered'),
    ],
    dropped: 0,
  };
}
const hostWith = (told: Partial<RecordedHost> = {}): RecordedHost => ({
  host: 'node1',
  before: by('failure_threshold = 3'),
  after: by('failure_threshold = 2'),
  recordings: [recorded(2)],
  ...told,
});

describe('a change of thresholds over the last day', () => {
  it('tells who would have been reported by which of the two', () => {
    const told = { host: 'node1', instanceUuid: uuid, instanceName: 'web', fault: 'heartbeat-lost' };
    expect(compareOnHost(hostWith())).toMatchObject([{ ...told, in: 'after' }]);
    expect(compareOnHost(hostWith({ recordings: [recorded(3)] }))).toMatchObject([{ ...told, in: 'both' }]);
    expect(
      compareOnHost(hostWith({ after: by('failure_threshold = 4'), recordings: [recorded(3)] })),
    ).toMatchObject([{ ...told, in: 'before' }]);
    expect(compareOnHost(hostWith({ recordings: [recorded(1)] }))).toEqual([]);
    expect(compareOnHost(hostWith({ recordings: [] }))).toEqual([]);
  });

  it('is no change where nothing that judges guests differs', () => {
    expect(judgesOtherwise(by('failure_threshold = 3'), by('failure_threshold = 2'))).toBe(true);
    expect(judgesOtherwise(by('report_interval = 5'), by('report_interval = 6'))).toBe(false);
  });

  it('says what it cannot tell', () => {
    expect(blindSpots([hostWith()])).toEqual([]);
    expect(blindSpots([hostWith(), hostWith({ recordings: [] })])).toEqual([
      'On 1 of 2 hosts nothing was recorded in the last day.',
    ]);
    expect(
      blindSpots([
        hostWith({
          after: monitorOf('[DEFAULT]\ninstance_check_interval = 5\n'),
          recordings: [{ ...recorded(0), dropped: 7 }],
        }),
      ]),
    ).toEqual([
      'Guests were asked as often as instance_check_interval said then: what more or fewer questions would have heard is not known.',
      '7 signals were too many to be recorded.',
    ]);
  });
});
