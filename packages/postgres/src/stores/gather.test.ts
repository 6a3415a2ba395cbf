import { describe, expect, it } from 'vitest';
import { PostgresError } from '../postgres-error.ts';
import { gather } from './gather.ts';

/** Carries out in the order asked and tells what went together; an item `bad` is refused, `away` meets no database. */
function recorded(limits = { togetherMax: 3, waitingMax: 10 }) {
  const together: string[] = [];
  const ask = gather(async (items: readonly string[]) => {
    together.push(items.join('+'));
    await Promise.resolve();
    if (items.includes('bad')) throw new PostgresError('invalid', 'refused');
    if (items.includes('away')) throw new PostgresError('unavailable', 'away');
    return items.map(item => item.toUpperCase());
  }, limits);
  return { ask, together };
}

describe('calls that come at the same time', () => {
  it('go together while another is under way, in order, and each gets its own answer', async () => {
    const { ask, together } = recorded();
    expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(ask))).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(together).toEqual(['a', 'b+c+d', 'e']);
    expect(await ask('f')).toBe('F');
  });

  it('do not fail for the sake of one that is refused', async () => {
    const { ask, together } = recorded();
    const answers = await Promise.allSettled(['a', 'b', 'bad', 'c'].map(ask));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(together).toEqual(['a', 'b+bad+c', 'b', 'bad', 'c']);
  });

  it('fail together when there is no database, and the next ones are tried', async () => {
    const { ask, together } = recorded();
    const answers = await Promise.allSettled(['a', 'b', 'away', 'c'].map(ask));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    expect(together).toEqual(['a', 'b+away+c']);
    expect(await ask('d')).toBe('D');
  });

  it('are refused when too many wait already', async () => {
    const { ask } = recorded({ togetherMax: 3, waitingMax: 2 });
    const answers = await Promise.allSettled(['a', 'b', 'c', 'd'].map(ask));
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected']);
  });
});
