import { describe, expect, it } from 'vitest';
import { decideHost, type HostEvent } from './decide-host.ts';
import { initialHost } from './host-state.ts';
import { defaultGatePolicy, defaultGuestPolicy } from './policy.ts';
import { Story, uuidOf, zeroMs } from './testing/story.ts';
import { signalOf } from './testing/words.ts';
import { viewGuest, viewHost } from './view.ts';

const policy = { guest: defaultGuestPolicy, gate: defaultGatePolicy };
const wallAtMs = 1_700_000_000_000;

/** Feeds signals to one guest without the ticks a loop would send. */
function fed(...lines: [atMs: number, words: string][]) {
  let decision = { state: initialHost(), effects: [] as unknown[], wakeAtMs: null as number | null };
  const told: string[] = [];
  for (const [atMs, words] of lines) {
    const event: HostEvent =
      words === 'tick'
        ? { signal: { type: 'tick', atMs }, wallAtMs }
        : { instanceUuid: uuidOf('web'), signal: signalOf(words, atMs), wallAtMs };
    const next = decideHost(policy, decision.state, event);
    told.push(...next.effects.filter(effect => effect.type === 'notify').map(effect => effect.evidence.rule));
    decision = next;
  }
  return { ...decision, told };
}

const paused: [number, string][] = [
  [0, 'profile'],
  [0, 'row 1,1'],
  [1, 'ping ok'],
  [1000, '0(3,3)'],
];

describe('time', () => {
  it('is asked for by the decision, and a tick at that instant decides', () => {
    expect(fed(...paused).wakeAtMs).toBe(3000);
    expect(fed(...paused, [2999, 'tick']).told).toEqual([]);
    expect(fed(...paused, [3000, 'tick'])).toMatchObject({ told: ['watchdog-paused'], wakeAtMs: null });
  });

  it('is taken into account before any other signal, so that a late tick changes nothing', () => {
    expect(fed(...paused, [3500, '7']).told).toEqual(['watchdog-paused']);
  });

  it('that comes much too late shows a monitor that stood still: what it missed may be on its way', () => {
    expect(fed(...paused, [9000, 'tick'])).toMatchObject({ told: [], wakeAtMs: 11_000 });
    expect(fed(...paused, [9000, 'tick'], [9001, '0(4,0)'], [11_000, 'tick']).told).toEqual([]);
    expect(fed(...paused, [9000, 'tick'], [11_000, 'tick']).told).toEqual(['watchdog-paused']);
  });

  it('does not pass for the guests of a host that cannot be seen', () => {
    const story = new Story();
    story.play('0 0(3,3)', '0.5 host blind', '500 tick');
    expect(story.phase()).toBe('confirming');
    expect(story.effects.some(effect => effect.type === 'notify')).toBe(false);
  });
});

describe('a signal about a guest nobody knows', () => {
  it.each(['ping ok', 'ping no-answer', 'absent', 'blind', 'sighted', 'tick', '0(1,0)'])(
    '%s tells nothing and makes no guest',
    words => {
      expect(fed([0, words]).state.guests.size).toBe(0);
    },
  );

  it.each(['0(2,0)', '1', '3(2)', '4(1)', '7', '18(1,2)', 'row 1,1', 'profile'])(
    '%s makes it known',
    words => {
      expect(fed([0, words]).state.guests.size).toBe(1);
    },
  );
});

describe('what is told', () => {
  it('of a guest', () => {
    const story = new Story();
    story.play('5 ping no-answer');
    const guest = story.state.guests.get(uuidOf('web'));
    expect(guest && viewGuest(guest)).toMatchObject({
      instanceUuid: uuidOf('web'),
      instanceName: 'web',
      phase: 'suspect',
      why: 'missed 1 of 3',
      sinceMs: zeroMs + 5_000,
      lastBeatMs: zeroMs - 10_000,
      misses: 1,
      domainId: 7,
      profile: { agentChannel: true, panicDevice: true, watchdog: 'reset' },
      incident: null,
    });
  });

  it('of the host', () => {
    const story = new Story({ before: ['-20 g1..g4 profile', '-20 g1..g4 row 1,1', '-10 g1..g3 ping ok'] });
    story.play('5 g1 ping no-answer', '6 g4 0(5,5)', '7 host blind');
    expect(viewHost(story.state)).toMatchObject({
      guests: 4,
      byPhase: { suspect: 1, alive: 2, failed: 1, held: 0 },
      gate: { suspect: false, silent: 1, heard: 3, held: 0 },
      blind: { sinceMs: zeroMs + 7_000, cause: 'libvirtd is away' },
      sighted: true,
    });
  });

  it('of a host before the first look: it was not seen yet', () => {
    expect(viewHost(initialHost())).toMatchObject({ guests: 0, blind: null, sighted: false });
  });

  it('in each name: nothing that cannot be shown', () => {
    const { state } = fed([0, `profile name=a${'\u0007'}b${'x'.repeat(300)}`]);
    expect(state.guests.get(uuidOf('web'))?.instanceName).toBe(`a b${'x'.repeat(252)}`);
  });
});

describe('many guests', () => {
  const uuids = Array.from({ length: 1000 }, (_, index) => uuidOf(`n${index}`));
  const start = () => {
    let state = initialHost();
    for (const instanceUuid of uuids)
      for (const words of ['profile', 'row 1,1', 'ping ok'])
        state = decideHost(policy, state, { instanceUuid, signal: signalOf(words, 0), wallAtMs }).state;
    return state;
  };

  /** Decides these signals for every guest; the best of three, for the machine is shared. */
  function bestMs(...words: string[]): { ms: number; notified: number } {
    const begun = start();
    const runs = Array.from({ length: 3 }, () => {
      let state = begun;
      let notified = 0;
      const before = performance.now();
      for (const word of words) {
        for (const [index, instanceUuid] of uuids.entries()) {
          const signal = signalOf(word, 5_000 + index);
          const decision = decideHost(policy, state, { instanceUuid, signal, wallAtMs });
          state = decision.state;
          notified += decision.effects.filter(effect => effect.type === 'notify').length;
        }
      }
      return { ms: performance.now() - before, notified };
    });
    return runs.reduce((best, run) => (run.ms < best.ms ? run : best));
  }

  it('1,000 lifecycle events of 1,000 guests are decided well within a second, none lost', () => {
    const { ms, notified } = bestMs('0(5,5)');
    expect(notified).toBe(1000);
    expect(ms).toBeLessThan(500);
  });

  it('so are 1,000 guests that fall silent together, and they are held', () => {
    const { ms, notified } = bestMs('ping no-answer', 'ping no-answer', 'ping no-answer');
    expect(notified).toBe(0);
    expect(ms).toBeLessThan(1_500);
  });
});
