import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decideProcess,
  fromProcessRecord,
  initialProcess,
  type ProcessSighting,
  type ProcessState,
  toProcessRecord,
} from './index.ts';

const policy = { failureThreshold: 3, restartGraceMs: 60_000 };

/** `run A` a process of life A · `gone` · `gone stopped` · `gone restarting` · `blind`. */
function sightingOf(words: string): ProcessSighting {
  const [word, told] = words.split(' ');
  if (word === 'run') return { seen: 'running', life: told ?? 'A', detail: 'runs' };
  if (word === 'gone')
    return { seen: 'absent', wish: (told ?? 'none') as 'none' | 'stopped' | 'restarting', detail: 'gone' };
  return { seen: 'could-not-look', detail: 'no /proc' };
}

/** Plays one look every 5 s; tells the phase after each, and what was to be done. */
function story(...script: string[]): string[] {
  let state: ProcessState = initialProcess;
  return script.map((words, index) => {
    const decision = decideProcess(policy, state, { sighting: sightingOf(words), atMs: index * 5000 });
    state = decision.state;
    const told = decision.effects.map(effect =>
      effect.type === 'moved'
        ? ''
        : effect.type === 'died'
          ? `; ${effect.life} died, missed ${effect.misses} times since ${effect.sinceMs / 1000} s`
          : `; ${effect.life} is back`,
    );
    return `${words}: ${state.phase}${told.join('')}`;
  });
}

describe('a process that dies', () => {
  it('is reported once, at the third look in a row that misses it, and once when it is back', () => {
    expect(story('run A', 'gone', 'gone', 'gone', 'gone', 'run B', 'run B')).toEqual([
      'run A: running',
      'gone: missing',
      'gone: missing',
      'gone: failed; A died, missed 3 times since 5 s',
      'gone: failed',
      'run B: running; B is back',
      'run B: running',
    ]);
  });

  it('is forgiven by one look that sees it, and a look that failed says nothing', () => {
    expect(story('run A', 'gone', 'gone', 'blind', 'run B', 'gone', 'blind', 'blind', 'gone').at(-1)).toBe(
      'gone: missing',
    );
  });

  it('dies again, and is reported again', () => {
    const died = story('run A', 'gone', 'gone', 'gone', 'run B', 'gone', 'gone', 'gone').filter(line =>
      line.includes('died'),
    );
    expect(died).toHaveLength(2);
  });
});

describe('what is never reported', () => {
  it.each([
    ['a process that was never seen running', ['gone', 'gone', 'gone', 'gone']],
    ['one that somebody stopped', ['run A', 'gone stopped', 'gone', 'gone', 'gone', 'gone']],
    ['one whose stop was told late', ['run A', 'gone', 'gone', 'gone stopped', 'gone', 'gone']],
    ['one that somebody restarted between two looks', ['run A', 'run B', 'run C']],
    [
      'one that its service manager starts',
      ['run A', ...Array.from({ length: 12 }, () => 'gone restarting')],
    ],
    ['one that nobody can look for', ['run A', 'blind', 'blind', 'blind', 'blind']],
  ])('%s', (_name, script) => {
    expect(story(...script).join()).not.toMatch(/died|back/);
  });

  it('but one that its service manager starts for ever is', () => {
    const script = ['run A', ...Array.from({ length: 20 }, () => 'gone restarting')];
    expect(story(...script).filter(line => line.includes('died'))).toHaveLength(1);
  });
});

describe('a monitor that is started anew', () => {
  const remembered = (bootId: string, ...states: [string, ProcessState][]) =>
    fromProcessRecord(bootId, JSON.parse(JSON.stringify(toProcessRecord('boot-1', new Map(states)))));

  it('knows what was running, dead or stopped, and counts its misses anew', () => {
    const states = remembered(
      'boot-1',
      ['a', { phase: 'missing', life: 'A', misses: 2, sinceMs: 5 }],
      ['b', { phase: 'failed', life: 'B' }],
      ['c', { phase: 'stopped', life: 'C' }],
      ['d', { phase: 'unseen' }],
    );
    expect([...states]).toEqual([
      ['a', { phase: 'running', life: 'A' }],
      ['b', { phase: 'failed', life: 'B' }],
      ['c', { phase: 'stopped', life: 'C' }],
    ]);
  });

  it('knows nothing after a reboot of the host, nor from a record that cannot be read', () => {
    expect(remembered('boot-2', ['a', { phase: 'running', life: 'A' }]).size).toBe(0);
    for (const damaged of [undefined, null, 7, {}, { bootId: 'boot-1', processes: { a: { phase: 'dead' } } }])
      expect(fromProcessRecord('boot-1', damaged).size).toBe(0);
  });
});

it('whatever is seen: a death follows a life that was seen, and deaths and returns take turns', () => {
  const word = fc.constantFrom('run A', 'run B', 'gone', 'gone stopped', 'gone restarting', 'blind');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 60 }), script => {
      const seen = new Set<string>();
      let isDead = false;
      for (const [index, line] of story(...script).entries()) {
        const life = /^run (\w)/.exec(script[index] ?? '')?.[1];
        if (life) seen.add(life);
        const died = /; (\w) died/.exec(line)?.[1];
        if (died) {
          expect(seen.has(died) && !isDead).toBe(true);
          expect(script[index]?.startsWith('gone') && script[index] !== 'gone stopped').toBe(true);
          isDead = true;
        }
        if (line.includes('is back')) {
          expect(isDead).toBe(true);
          isDead = false;
        }
      }
    }),
  );
});
