import { describe, expect, it } from 'vitest';
import { payload, policy, subject } from '../testing/story.ts';
import { type RecoveryEvent, timeline } from './index.ts';

const at = (ms: number) => new Date(Date.parse('2026-03-01T10:00:00.000Z') + ms).toISOString();
const notification = {
  faultAt: at(0),
  detectedAt: at(20),
  acceptedAt: at(30),
  endedAt: null,
  payload,
  evidence: { rule: 'stopped-failed', summary: 'QEMU ended: stopped/failed', inputs: [], policy: {} },
};
const restart: RecoveryEvent[] = [
  { type: 'begun', atMs: 5, subject: subject(), policy },
  { type: 'act-begun', atMs: 9, act: 'stop', life: '7', attempt: 1 },
  { type: 'act-ended', atMs: 10, act: 'stop', outcome: 'done', detail: 'was off' },
  { type: 'act-begun', atMs: 11, act: 'start', life: '7', attempt: 1 },
  { type: 'act-ended', atMs: 500, act: 'start', outcome: 'done', detail: 'runs as domain 8' },
  { type: 'heartbeat', atMs: 4010, sighting: { heartbeat: 'heard', atMs: Date.parse(at(4020)) } },
];
const ended: RecoveryEvent = {
  type: 'ended',
  atMs: 4012,
  status: 'finished',
  rule: 'verified',
  reason: 'restarted, and heard again',
};
const journal = (events: RecoveryEvent[]) =>
  events.map(event => ({ event: JSON.parse(JSON.stringify(event)) }));
const told = (...events: RecoveryEvent[]) =>
  timeline(notification, journal(events)).map(
    ({ phase, offsetMs, detail }) => `${offsetMs} ${phase}: ${detail ?? '-'}`,
  );

describe('a timeline', () => {
  it('tells each phase with its distance from the fault', () => {
    expect(told(...restart, ended)).toEqual([
      '0 fault: its QEMU ended without being asked',
      '20 detected: QEMU ended: stopped/failed',
      '30 notified: -',
      '35 accepted: -',
      '39 acting: stop',
      '530 restarted: runs as domain 8',
      '4020 heartbeat-back: -',
      '4042 ended: finished: restarted, and heard again',
    ]);
  });

  it('is complete as far as the recovery has come', () => {
    expect(told()).toHaveLength(3);
    expect(told(...restart.slice(0, 2)).at(-1)).toBe('39 acting: stop');
  });

  it('has no end while the recovery is tried anew', () => {
    const error: RecoveryEvent = {
      type: 'ended',
      atMs: 600,
      status: 'error',
      rule: 'busy',
      reason: 'busy',
      retryInMs: 1,
    };
    const begun: RecoveryEvent = { type: 'begun', atMs: 700, subject: subject(), policy };
    expect(told(...restart.slice(0, 1), error).at(-1)).toBe('630 ended: error: busy');
    expect(told(...restart.slice(0, 1), error, begun).at(-1)).toBe('35 accepted: -');
  });

  it('passes over what a newer version wrote into the journal', () => {
    const entries = [{ event: { type: 'rebuilt-elsewhere', atMs: 7 } }, ...journal([...restart])];
    expect(timeline(notification, entries)).toHaveLength(7);
  });
});
