import { describe, expect, it } from 'vitest';
import { payload, policy, subject } from '../testing/story.ts';
import {
  decide,
  fold,
  initialRecovery,
  isMidRestart,
  parseRecoveryEvents,
  type RecoveryEvent,
} from './index.ts';

describe('a notification without a workflow', () => {
  it('is ignored, and says so', () => {
    const withoutHands = { ...policy, host: { ...policy.host, hasControl: false } };
    const begun: RecoveryEvent = {
      type: 'begun',
      atMs: 0,
      subject: {
        ...subject(),
        payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'NORMAL', clusterStatus: null },
      },
      policy,
    };
    const { state, effects } = decide(withoutHands, initialRecovery, begun);
    const end = {
      status: 'ignored',
      rule: 'no-workflow',
      reason: 'hosts are recovered through Nova alone: [worker] driver is not nova',
    };
    expect(effects).toEqual([{ type: 'end', end }]);
    const ended = decide(withoutHands, state, { type: 'ended', atMs: 1, ...end } as RecoveryEvent);
    expect(ended.state.phase).toBe('ended');
  });
});

describe('a journal', () => {
  const begun: RecoveryEvent = { type: 'begun', atMs: 0, subject: subject(), policy };
  const stop: RecoveryEvent = { type: 'act-begun', atMs: 1, act: 'stop', life: '7', attempt: 1 };

  it('is read as it was written, and what is not understood is named', () => {
    const entries = [
      { event: begun },
      { event: { type: 'evacuated', atMs: 1 } },
      { event: { ...stop, later: 1 } },
    ];
    const { events, unknown } = parseRecoveryEvents(JSON.parse(JSON.stringify(entries)));
    expect(events).toEqual([begun, stop]);
    expect(unknown).toEqual([expect.stringContaining('journal entry 2')]);
  });

  it('keeps what was done, whatever policy it is folded under', () => {
    const observing = { ...policy, mode: 'observe' as const };
    const state = fold(observing, [begun, stop]);
    expect(state).toMatchObject({ phase: 'acting', facts: { progress: { made: 'stop-begun', life: '7' } } });
    expect(isMidRestart(state)).toBe(true);
  });

  it('ends with an end that nothing follows', () => {
    const ended: RecoveryEvent = {
      type: 'ended',
      atMs: 1,
      status: 'finished',
      rule: 'verified',
      reason: 'ok',
    };
    const state = fold(policy, [begun, ended]);
    for (const event of [begun, stop, { type: 'taken-over', atMs: 9, worker: 'w' } as const])
      expect(decide(policy, state, event)).toEqual({ state, effects: [] });
  });

  it('holds the payload of the notification, so that it can be replayed alone', () => {
    expect(parseRecoveryEvents([{ event: begun }]).events[0]).toMatchObject({ subject: { payload } });
  });
});
