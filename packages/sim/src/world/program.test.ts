import { PassThrough } from 'node:stream';
import { VirtualClock } from '@instance-ha/ports/fakes';
import { describe, expect, it } from 'vitest';
import { Program } from './program.ts';

const programOf = (clock: VirtualClock) => new Program({ name: 'worker-1', clock, wallAheadMs: () => 0 });

describe('a program that is killed', () => {
  it('is never woken, and never answered; what it had sent arrives all the same', async () => {
    const clock = new VirtualClock();
    const program = programOf(clock);
    const happened: string[] = [];
    void program.clock.sleep(10).then(() => happened.push('woken'));
    const sent = async () => void happened.push('arrived');
    void program.call(sent, { wayMs: 5 }).then(() => happened.push('answered'));
    await clock.advance(2);
    program.kill();
    await clock.advance(1000);
    expect(happened).toEqual(['arrived']);
  });

  it('has written nothing that it was still about to write', async () => {
    const clock = new VirtualClock();
    const program = programOf(clock);
    const written: string[] = [];
    void program.call(async () => void written.push('line'), { wayMs: 5, needsLife: true });
    await clock.advance(2);
    program.kill();
    await clock.advance(1000);
    expect(written).toEqual([]);
  });

  it('loses its sockets, those it opens too late as well', () => {
    const program = programOf(new VirtualClock());
    const [one, late] = [new PassThrough(), new PassThrough()];
    program.owns(one);
    program.kill();
    program.owns(late);
    expect([one.destroyed, late.destroyed]).toEqual([true, true]);
  });
});

describe('a program that is frozen', () => {
  it('misses its deadlines, and finds them first when it is thawed', async () => {
    const clock = new VirtualClock();
    const program = programOf(clock);
    const happened: string[] = [];
    void program.call(async () => 'reply', { wayMs: 1 }).then(reply => happened.push(reply));
    void program.clock.sleep(10).then(() => happened.push('deadline'));
    program.freeze();
    await clock.advance(1000);
    expect(happened).toEqual([]);
    await program.thaw();
    await clock.advance(0);
    expect(happened).toEqual(['deadline', 'reply']);
    expect(program.clock.monotonicMs()).toBe(1000);
  });
});
