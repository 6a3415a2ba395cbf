import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Incident, IncidentKey, incidentKey } from './incident-key.ts';

/** Texts that try to imitate the parts of a key, among ordinary ones. */
const part = fc.oneof(
  fc.constantFrom('', '/', '%', '%2F', '%25', 'a/b', 'a', 'b', 'instance', 'host', 'process', '1', '🦊', ' '),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);

const incident: fc.Arbitrary<Incident> = fc.oneof(
  fc.record({
    type: fc.constant('COMPUTE_INSTANCE' as const),
    host: part,
    instanceUuid: part,
    boot: part,
    sequence: fc.nat(12),
  }),
  fc.record({ type: fc.constant('COMPUTE_HOST' as const), host: part, window: part }),
  fc.record({ type: fc.constant('COMPUTE_PROCESS' as const), host: part, processName: part, window: part }),
);

const settings = { seed: 20_261_122, numRuns: 2_000 };

describe('an incident key', () => {
  it('reads like this', () => {
    const key = incidentKey({
      type: 'COMPUTE_INSTANCE',
      host: 'compute-1',
      instanceUuid: '0b4b8d5a-8a44-4f0f-9a3e-2f1c2b3d4e5f',
      boot: '7@lq2k3',
      sequence: 1,
    });
    expect(key).toBe('instance/compute-1/0b4b8d5a-8a44-4f0f-9a3e-2f1c2b3d4e5f/7%40lq2k3/1');
  });

  it('is equal exactly for equal incidents', () => {
    fc.assert(
      fc.property(incident, incident, (one, other) => {
        expect(incidentKey(one) === incidentKey(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
      settings,
    );
  });

  it('can be read back into its parts, so no two incidents share one', () => {
    fc.assert(
      fc.property(incident, one => {
        const parts = incidentKey(one).split('/').map(decodeURIComponent);
        const { type, ...rest } = one;
        const kind = { COMPUTE_INSTANCE: 'instance', COMPUTE_HOST: 'host', COMPUTE_PROCESS: 'process' }[type];
        expect(parts).toEqual([kind, ...Object.values(rest).map(String)]);
      }),
      settings,
    );
  });

  it('is printable ASCII, whatever the parts are', () => {
    fc.assert(
      fc.property(incident, one => {
        expect(IncidentKey.safeParse(incidentKey(one)).success).toBe(true);
      }),
      settings,
    );
  });

  it('of the longest host name fits its column', () => {
    const host = 'h'.repeat(255);
    const instanceUuid = '0'.repeat(36);
    const boot = `${2 ** 31 - 1}@${(8.64e15).toString(36)}`;
    const keys = [
      incidentKey({ type: 'COMPUTE_INSTANCE', host, instanceUuid, boot, sequence: 999_999 }),
      incidentKey({
        type: 'COMPUTE_PROCESS',
        host,
        processName: 'p'.repeat(255),
        window: '2026-11-22T00:00:00.000Z',
      }),
    ];
    for (const key of keys) expect(IncidentKey.safeParse(key).success).toBe(true);
  });
});
