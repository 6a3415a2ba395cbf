import { lifecycleDetails, stateReasons } from '@instance-ha/guest-health';
import * as libvirt from '@instance-ha/libvirt-rpc';
import { describe, expect, it } from 'vitest';
import {
  agentReasonWord,
  agentStateWord,
  ioErrorWord,
  lifecycleWords,
  stateWords,
  watchdogWord,
} from './words.ts';

/** `FROM_SNAPSHOT` of libvirt's header as the vocabulary spells it. */
const spelt = (symbol: string): string => symbol.toLowerCase().replaceAll('_', '-');

describe('libvirt’s numbers in words', () => {
  const details = {
    defined: libvirt.DefinedDetail,
    undefined: libvirt.UndefinedDetail,
    started: libvirt.StartedDetail,
    suspended: libvirt.SuspendedDetail,
    resumed: libvirt.ResumedDetail,
    stopped: libvirt.StoppedDetail,
    shutdown: libvirt.ShutdownDetail,
    pmsuspended: libvirt.PmSuspendedDetail,
    crashed: libvirt.CrashedDetail,
  };
  it.each(Object.entries(libvirt.LifecycleEvent))(
    'lifecycle %s has its word, and each of its details',
    (symbol, event) => {
      const word = spelt(symbol) as keyof typeof details;
      for (const [name, detail] of Object.entries(details[word])) {
        expect(lifecycleWords(event, detail)).toEqual({ event: word, detail: spelt(name) });
      }
      expect(lifecycleDetails[word].length).toBeGreaterThanOrEqual(Object.keys(details[word]).length);
    },
  );

  const reasons = {
    nostate: { UNKNOWN: 0 },
    running: libvirt.RunningReason,
    blocked: libvirt.BlockedReason,
    paused: libvirt.PausedReason,
    shutdown: libvirt.ShutdownReason,
    shutoff: libvirt.ShutoffReason,
    crashed: libvirt.CrashedReason,
    pmsuspended: libvirt.PmSuspendedReason,
  };
  it.each(Object.entries(libvirt.DomainState))(
    'state %s has its word, and each of its reasons',
    (symbol, state) => {
      const word = spelt(symbol) as keyof typeof reasons;
      for (const [name, reason] of Object.entries(reasons[word])) {
        expect(stateWords(state, reason)).toEqual({ state: word, reason: spelt(name) });
      }
      expect(stateReasons[word].length).toBeGreaterThanOrEqual(Object.keys(reasons[word]).length);
    },
  );

  it.each([
    [0, 'none'],
    [1, 'pause'],
    [2, 'reset'],
    [3, 'poweroff'],
    [4, 'shutdown'],
    [5, 'debug'],
    [6, 'inject-nmi'],
    [7, 'unknown-7'],
    [-1, 'unknown--1'],
  ])('watchdog action %i is %s', (action, word) => {
    expect(watchdogWord(action)).toBe(word);
  });

  it.each([
    [0, 'none'],
    [1, 'pause'],
    [2, 'report'],
    [3, 'unknown-3'],
  ])('I/O error action %i is %s', (action, word) => {
    expect(ioErrorWord(action)).toBe(word);
  });

  it('an agent is connected or disconnected, for a reason', () => {
    expect([0, 1, 2, 3].map(agentStateWord)).toEqual([undefined, 'connected', 'disconnected', undefined]);
    expect([0, 1, 2, 3].map(agentReasonWord)).toEqual(['unknown', 'domain-started', 'channel', 'unknown']);
  });

  it('a number of a newer libvirt is named by its number', () => {
    expect(lifecycleWords(5, 42)).toEqual({ event: 'stopped', detail: 'unknown-42' });
    expect(lifecycleWords(9, 0)).toBeUndefined();
    expect(stateWords(5, 42)).toEqual({ state: 'shutoff', reason: 'unknown-42' });
    expect(stateWords(8, 3)).toEqual({ state: 'nostate', reason: 'unknown-8-3' });
  });
});
