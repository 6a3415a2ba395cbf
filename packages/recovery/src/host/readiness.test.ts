import { describe, expect, it } from 'vitest';
import { hostReadiness, type ReadinessFacts } from './readiness.ts';

const segment = { uuid: 's', name: 'rack-1', method: 'auto', enabled: true } as const;
const sound: ReadinessFacts = {
  context: {
    segment,
    onMaintenance: false,
    reservedHosts: ['spare'],
    segmentHosts: ['b', 'c'],
    failing: { failed: 1, of: 4 },
  },
  policy: { failureRatio: 0.5, autoReturn: false },
  pausedForMs: null,
  workers: [{ driver: 'nova', mode: 'act' }],
};
const with_ = (change: Partial<ReadinessFacts['context']>): ReadinessFacts => ({
  ...sound,
  context: { ...sound.context, ...change },
});

describe('a host that fails now', () => {
  it('is evacuated to the others of its segment', () => {
    expect(hostReadiness(sound)).toEqual({
      recovered: true,
      because: 'its instances would be evacuated to the other hosts of its segment: b, c',
      notes: [],
    });
  });

  it('is evacuated to the reserved ones where its segment says so', () => {
    const facts = with_({ segment: { ...segment, method: 'reserved_host' } });
    expect(hostReadiness(facts).because).toBe('its instances would be evacuated to the reserved: spare');
  });

  it.each<[string, ReadinessFacts, string]>([
    ['in no segment', with_({ segment: null }), 'it is in no failover segment'],
    [
      'of a disabled segment',
      with_({ segment: { ...segment, enabled: false } }),
      'its segment rack-1 is disabled',
    ],
    ['on maintenance', with_({ onMaintenance: true }), 'it is on maintenance'],
    [
      'one too many',
      with_({ failing: { failed: 3, of: 4 } }),
      '3 of 4 hosts of segment rack-1 fail at once: held until an operator approves or rejects it',
    ],
    [
      'with no reserved host free',
      with_({ segment: { ...segment, method: 'reserved_host' }, reservedHosts: [] }),
      'its segment uses reserved hosts only, and none is free',
    ],
    ['without a worker', { ...sound, workers: [] }, 'no worker is alive'],
    [
      'without hands',
      { ...sound, workers: [{ driver: 'libvirt', mode: 'act' }] },
      'no worker has hands on hosts: [worker] driver = nova is needed for that',
    ],
    [
      'watched only',
      { ...sound, workers: [{ driver: 'nova', mode: 'observe' }] },
      'its workers only observe: [DEFAULT] mode = observe',
    ],
    ['during a pause', { ...sound, pausedForMs: 600_000 }, 'all recoveries are paused, for 10 min more'],
  ])('is not recovered when it is %s', (_what, facts, because) => {
    expect(hostReadiness(facts)).toEqual({ recovered: false, because, notes: [] });
  });

  it('is told with what else one should know', () => {
    const facts = with_({ segmentHosts: [], failing: { failed: 2, of: 4 } });
    const workers = [
      { driver: 'nova', mode: 'act' },
      { driver: 'nova', mode: 'observe' },
    ] as const;
    expect(hostReadiness({ ...facts, workers })).toEqual({
      recovered: true,
      because: 'its instances would be evacuated',
      notes: [
        '1 of 2 workers only observe: one that does may take it',
        'no other host of its segment is free: its instances go where Nova chooses',
        '1 more of its segment failed lately',
      ],
    });
  });
});
