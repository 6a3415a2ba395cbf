import { EvidenceSchema, InstancePayloadSchema } from '@instance-ha/notification';
import { describe, expect, it } from 'vitest';
import { decideHost } from './decide-host.ts';
import type { GuestEffect } from './effect.ts';
import { guestRules } from './rule.ts';
import { type Setting, Story, uuidOf, zeroMs, zeroWallMs } from './testing/story.ts';

type Notify = Extract<GuestEffect, { type: 'notify' }>;

function notified(setting: Setting, ...script: string[]): Notify {
  const story = new Story(setting);
  story.play(...script);
  const [first, ...others] = story.effects.filter(effect => effect.type === 'notify');
  if (!first || others.length > 0) throw new Error(`expected one notification, found ${others.length + 1}`);
  return first;
}

describe('the evidence of a verdict', () => {
  it('names the rule, every input with its age, and the thresholds in force', () => {
    const { evidence, faultAtMs, atMs } = notified(
      {},
      '5 ping no-answer',
      '35 ping no-answer',
      '65 ping no-answer',
    );
    expect(evidence).toEqual({
      rule: 'misses-reached-threshold',
      summary: 'the guest had answered and left 3 pings in a row without an answer',
      inputs: [
        { signal: 'ping', value: 'no-answer', ageMs: 60_000 },
        { signal: 'ping', value: 'no-answer', ageMs: 30_000 },
        { signal: 'ping', value: 'no-answer', ageMs: 0 },
        { signal: 'misses-needed', value: '3', ageMs: 0 },
        { signal: 'boot', value: `7@${(zeroWallMs - 20_000).toString(36)}`, ageMs: 0 },
        { signal: 'last-answer', value: 'answered', ageMs: 75_000 },
      ],
      policy: expect.objectContaining({ failureThreshold: 3, checkIntervalMs: 30_000, secondSign: true }),
    });
    // The first sign is the ping that was sent at 0 s and not answered.
    expect([faultAtMs, atMs]).toEqual([zeroMs, zeroMs + 65_000]);
  });

  it('of the second sign says for how long no CPU time was used, and how few misses were needed', () => {
    const { evidence } = notified(
      { policy: { failureThreshold: 2 } },
      '0 row 1,1 cpu=500',
      '6 ping no-answer',
      '6.2 row 1,1 cpu=500',
    );
    expect(evidence.rule).toBe('silent-and-cpu-stalled');
    expect(evidence.inputs.slice(0, 3)).toEqual([
      { signal: 'ping', value: 'no-answer', ageMs: 200 },
      { signal: 'cpu-progress', value: '0 ms of CPU in 6200 ms', ageMs: 0 },
      { signal: 'misses-needed', value: '1', ageMs: 0 },
    ]);
  });

  it('of a runaway guest tells its CPU time', () => {
    const { evidence } = notified(
      {},
      '5 ping no-answer',
      '30 row 1,1 cpu=30000',
      '35 ping no-answer',
      '60 row 1,1 cpu=59000',
      '65 ping no-answer',
    );
    expect(evidence.inputs).toContainEqual({
      signal: 'cpu-progress',
      value: '29000 ms of CPU in 30000 ms',
      ageMs: 5_000,
    });
  });

  it('counts the events of one burst instead of listing them', () => {
    const { evidence, faultAtMs } = notified(
      {},
      '-3 7',
      '0 4(1)',
      '0 6(1,enospc)',
      '0.1 4(1) ×19',
      '0.1 6(1,enospc) ×19',
      '0.5 0(3,2)',
    );
    expect(evidence.inputs.map(input => `${input.signal} ${input.value}`).slice(0, -2)).toEqual([
      'lifecycle suspended/ioerror',
      'control-error control-error',
      'io-error pause ×20',
      'io-error pause enospc ×20',
    ]);
    expect(faultAtMs).toBe(zeroMs);
  });

  it('can be stored and shown, whatever an agent says', () => {
    const story = new Story();
    for (const atMs of [5, 35, 65].map(seconds => zeroMs + seconds * 1000)) {
      const detail = `no\u0000answer\n${'😀'.repeat(600)}`;
      const signal = { type: 'ping', outcome: 'no-answer', detail, askedAtMs: atMs - 5000, atMs } as const;
      const event = { instanceUuid: uuidOf('web'), signal, wallAtMs: zeroWallMs };
      const decision = decideHost(story.policy, story.state, event);
      story.state = decision.state;
      story.effects.push(...decision.effects);
    }
    const evidence = story.effects.find(effect => effect.type === 'notify')?.evidence;
    expect(EvidenceSchema.safeParse(evidence).success).toBe(true);
    expect(evidence?.inputs[0]?.value.startsWith('no-answer: no answer 😀')).toBe(true);
  });

  it('leaves out what is older than the policy allows', () => {
    const { evidence } = notified({}, '0 7', '400 0(5,5)');
    expect(evidence.inputs.some(input => input.signal === 'control-error')).toBe(false);
  });

  it('of a panic begins with the pause that came first', () => {
    const { faultAtMs, atMs } = notified({}, '0 0(3,0)', '0.1 0(8,0)', '1.7 0(5,2)');
    expect([faultAtMs, atMs]).toEqual([zeroMs, zeroMs + 100]);
  });

  it('of a panic long after an operator paused the guest does not', () => {
    const { faultAtMs } = notified({}, '0 0(3,0)', '60 0(8,0)');
    expect(faultAtMs).toBe(zeroMs + 60_000);
  });
});

describe('a notification', () => {
  it('carries who and what, in the shape of its payload', () => {
    const { type, evidence, sequence, faultAtMs, atMs, ...payload } = notified({}, '0 0(5,5)');
    expect(payload).toEqual({
      instanceUuid: uuidOf('web'),
      instanceName: 'web',
      fault: 'qemu-failed',
      handledBy: 'none',
      hadHeartbeat: true,
      boot: `7@${(zeroWallMs - 20_000).toString(36)}`,
      domainId: 7,
      libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'STOPPED_FAILED' },
    });
    expect(InstancePayloadSchema.safeParse({ type: 'COMPUTE_INSTANCE', ...payload }).success).toBe(true);
    expect(EvidenceSchema.safeParse(evidence).success).toBe(true);
    expect([type, sequence, faultAtMs, atMs]).toEqual(['notify', 1, zeroMs, zeroMs]);
  });

  it('says of a guest that never answered in this boot that it had no heartbeat', () => {
    expect(notified({ before: ['-20 profile', '-20 row 1,1'] }, '0 0(5,5)').hadHeartbeat).toBe(false);
  });

  it('says of a guest that fails while it boots after a failure that it had one', () => {
    const failing = ['-5 0(5,5)', '-3 0(4,0) id=8', '-3 0(2,0) id=8'];
    const heard = ['-20 profile', '-20 row 1,1', '-10 ping ok'];
    expect(notified({ before: [...heard, ...failing] }, '0 0(5,5)').hadHeartbeat).toBe(true);
    const neverHeard = ['-20 profile', '-20 row 1,1'];
    expect(notified({ before: [...neverHeard, ...failing] }, '0 0(5,5)').hadHeartbeat).toBe(false);
  });

  it('has no libvirt event when a listing or silence decided', () => {
    expect(notified({}, '0 row 5,3').libvirtEvent).toBeNull();
  });
});

describe('every rule', () => {
  const before = (profile: string) => ({ before: [`-20 profile ${profile}`, '-20 row 1,1', '-10 ping ok'] });
  const stories: Record<(typeof guestRules)[number], [Setting, ...string[]]> = {
    'stopped-failed': [{}, '0 0(5,5)'],
    'stopped-crashed': [{}, '0 0(5,2)'],
    'crashed-panicked': [{}, '0 0(8,0)'],
    'suspended-ioerror': [{}, '0 0(3,2)'],
    'suspended-api-error': [{}, '0 0(3,6)'],
    'suspended-postcopy-failed': [{}, '0 0(3,8)'],
    'watchdog-reset': [{}, '0 3(2)'],
    'watchdog-poweroff': [{}, '0 3(3)', '1 0(5,5)'],
    'watchdog-shutdown': [{}, '0 3(4)', '1 0(5,0)'],
    'watchdog-paused': [{}, '0 0(3,3)', '5 tick'],
    'reboots-in-a-row': [{ policy: { bootLoopCount: 2 } }, '0 1', '9 1'],
    'misses-reached-threshold': [{ policy: { failureThreshold: 1 } }, '5 ping no-answer'],
    'silent-and-cpu-stalled': [
      {},
      '0 row 1,1 cpu=5',
      '9 ping no-answer',
      '39 ping no-answer',
      '40 row 1,1 cpu=5',
    ],
    'agent-stayed-away': [{ policy: { failureThreshold: 1 } }, '0 18(2,2)', '70 ping not-connected'],
    'found-crashed': [{}, '0 row 5,3'],
    'found-ended-by-daemon': [{}, '0 row 5,8'],
    'found-panicked': [before('on_crash=coredump-destroy'), '0 row 3,10', '5 tick'],
    'found-restarted-after-panic': [before('on_crash=restart'), '0 blind', '1 row 1,9'],
    'found-ioerror': [{}, '0 row 3,5'],
    'found-hypervisor-error': [{}, '0 row 3,14'],
  };

  it.each(guestRules)('%s can be reached, and its evidence is valid', rule => {
    const { evidence } = notified(...stories[rule]);
    expect(evidence.rule).toBe(rule);
    expect(EvidenceSchema.safeParse(evidence).success).toBe(true);
  });
});
