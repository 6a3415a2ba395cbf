import type { ActionSource, ReportedAnswer, TakenAction } from '@instance-ha/ports';
import type { ProcessSighting } from '@instance-ha/process-health';
import { describe, expect, it } from 'vitest';
import type { ProcessPatrolOptions } from './index.ts';
import { memoryRecord, patrolStory } from './testing/patrol-story.ts';

const name = 'nova-compute';

/** A host whose nova-compute runs, watched by a patrol, and an API that asks things of it. */
function processStory(told: { watched?: string[] } = {}) {
  let life = 1;
  let actions = 0;
  let sighting: ProcessSighting = { seen: 'running', life: 'boot/1', detail: 'runs as process 1' };
  const record = memoryRecord();
  const journal = memoryRecord();
  const restarts: string[] = [];
  const asked: TakenAction[] = [];
  const reported: (ReportedAnswer & { uuid: string })[] = [];
  const is = { api: 'up' as 'up' | 'away', restart: 'works' as 'works' | 'fails' | 'hangs' | 'useless' };
  const run = () => {
    life += 1;
    sighting = { seen: 'running', life: `boot/${life}`, detail: `runs as process ${life}` };
  };
  const story = patrolStory({ guests: [] });
  const source: ActionSource = {
    async take({ waitMs, signal }) {
      if (is.api === 'away') return null;
      if (asked.length === 0) await story.clock.sleep(Math.min(waitMs, 1000), signal).catch(() => {});
      return signal.aborted ? null : [...asked];
    },
    async report(uuid, answer) {
      if (is.api === 'away') return 'unavailable';
      const index = asked.findIndex(one => one.uuid === uuid);
      if (index < 0) return 'over';
      asked.splice(index, 1);
      reported.push({ uuid, ...answer });
      return 'taken';
    },
  };
  const processes: ProcessPatrolOptions = {
    probe: { bootId: 'boot', look: async () => sighting },
    hands: {
      async restart(processName, { timeoutMs, signal }) {
        restarts.push(processName);
        if (is.restart === 'hangs') await story.clock.sleep(timeoutMs, signal);
        if (is.restart === 'works') run();
        return is.restart === 'fails' || is.restart === 'hangs'
          ? { outcome: 'failed', detail: 'ended with exit code 1' }
          : { outcome: 'done', detail: 'ended well' };
      },
    },
    source,
    record,
    journal,
    policy: () => ({
      watched: told.watched ?? [name],
      checkIntervalMs: 5000,
      failureThreshold: 3,
      restartGraceMs: 60_000,
      lookTimeoutMs: 5000,
      restartTimeoutMs: 60_000,
    }),
  };
  return {
    ...story,
    start: () => story.start({ processes }),
    record,
    journal,
    restarts,
    asked,
    reported,
    is,
    run,
    see: (next: ProcessSighting) => {
      sighting = next;
    },
    die: (wish: 'none' | 'stopped' = 'none') => {
      sighting = { seen: 'absent', wish, detail: 'no such process' };
    },
    ask: (kind: TakenAction['kind'], told: Partial<TakenAction> = {}) => {
      actions += 1;
      asked.push({
        id: actions,
        uuid: `00000000-0000-4000-8000-${String(actions).padStart(12, '0')}`,
        host: 'compute-1',
        kind,
        processName: name,
        life: null,
        status: 'taken',
        askedAt: '2026-01-01T00:00:00.000Z',
        takenAt: '2026-01-01T00:00:00.000Z',
        endedAt: null,
        doneWithinMs: 90_000,
        detail: null,
        sighting: null,
        leftMs: 90_000,
        ...told,
      });
    },
    filedProcesses: () =>
      story.sink.filed.map(({ payload, incidentKey }) =>
        payload.type === 'COMPUTE_PROCESS' ? `${payload.event} ${incidentKey}` : 'something else',
      ),
  };
}

describe('a watched process', () => {
  it('that dies is filed once, with evidence; and once when it is back', async () => {
    const story = processStory();
    story.start();
    await story.clock.advance(20_000);
    story.die();
    await story.clock.advance(60_000);
    expect(story.filedProcesses()).toEqual(['STOPPED process/compute-1/nova-compute/stopped%20boot%2F1']);
    const [filed] = story.sink.filed;
    expect(filed?.evidence).toMatchObject({
      rule: 'process-missing',
      summary: 'nova-compute was running, and was missed 3 times in a row',
    });
    expect(Date.parse(filed?.detectedAt ?? '') - Date.parse(filed?.faultAt ?? '')).toBe(10_000);
    expect(story.value('vmha_processes_down')).toBe(1);
    story.run();
    await story.clock.advance(60_000);
    expect(story.filedProcesses()[1]).toBe('STARTED process/compute-1/nova-compute/started%20boot%2F2');
    expect(story.filedProcesses()).toHaveLength(2);
    expect(story.value('vmha_process_events_total died')).toBe(1);
    expect(story.value('vmha_processes_down')).toBe(0);
    await story.stop();
  });

  it('that was never seen running, or was stopped by somebody, is not filed', async () => {
    const never = processStory();
    never.die();
    never.start();
    await never.clock.advance(300_000);
    expect(never.filedProcesses()).toEqual([]);
    await never.stop();
    const stopped = processStory();
    stopped.start();
    await stopped.clock.advance(20_000);
    stopped.die('stopped');
    await stopped.clock.advance(300_000);
    expect(stopped.filedProcesses()).toEqual([]);
    await stopped.stop();
  });

  it('that dies while the monitor is down is filed when it is back, and one that was filed is not filed again', async () => {
    const story = processStory();
    story.start();
    await story.clock.advance(20_000);
    await story.stop();
    story.die();
    story.start();
    await story.clock.advance(60_000);
    expect(story.filedProcesses()).toHaveLength(1);
    await story.stop();
    story.start();
    await story.clock.advance(60_000);
    expect(story.sink.attempts).toHaveLength(1);
    await story.stop();
  });

  it('is filed under the same key when the record was lost on the way', async () => {
    const story = processStory();
    story.start();
    await story.clock.advance(20_000);
    const before = structuredClone(story.record.saved);
    story.die();
    await story.clock.advance(60_000);
    await story.stop();
    story.record.saved = before;
    story.start();
    await story.clock.advance(60_000);
    expect(story.sink.attempts).toHaveLength(2);
    expect(story.filedProcesses()).toHaveLength(1);
    await story.stop();
  });

  it('that cannot be looked for is not filed', async () => {
    const story = processStory();
    story.start();
    await story.clock.advance(20_000);
    story.see({ seen: 'could-not-look', detail: 'EMFILE' });
    await story.clock.advance(300_000);
    expect(story.filedProcesses()).toEqual([]);
    await story.stop();
  });
});

describe('what is asked of a monitor', () => {
  it('a look is answered', async () => {
    const story = processStory();
    story.start();
    story.ask('look-at-process');
    await story.clock.advance(5000);
    expect(story.reported).toMatchObject([
      { outcome: 'done', sighting: { seen: 'running', life: 'boot/1' } },
    ]);
    expect(story.journal.saves).toBe(0);
    await story.stop();
  });

  it('a restart is done once, and done is that another process was seen', async () => {
    const story = processStory();
    story.start();
    await story.clock.advance(20_000);
    story.die();
    story.ask('restart-process');
    await story.clock.advance(20_000);
    expect(story.restarts).toEqual([name]);
    expect(story.reported).toMatchObject([{ outcome: 'done', sighting: { life: 'boot/2' } }]);
    expect(story.value('vmha_monitor_actions_total restart-process done')).toBe(1);
    expect(story.journal.saved).toEqual({});
    await story.stop();
  });

  it('is done once, though an answer that was on its way gives it again', async () => {
    const story = processStory();
    story.start();
    await story.clock.advance(20_000);
    story.die();
    story.ask('restart-process');
    const [given] = structuredClone(story.asked);
    await story.clock.runUntil(() => story.reported.length > 0, 20_000);
    story.die();
    if (given) story.asked.push(given);
    await story.clock.advance(20_000);
    expect(story.restarts).toEqual([name]);
    await story.stop();
  });

  it('is not begun while nobody can look', async () => {
    const story = processStory();
    story.start();
    await story.clock.advance(20_000);
    story.see({ seen: 'could-not-look', detail: 'EMFILE' });
    story.ask('restart-process');
    await story.clock.advance(5000);
    expect(story.restarts).toEqual([]);
    expect(story.reported).toMatchObject([{ outcome: 'failed', detail: 'not begun: EMFILE' }]);
    await story.stop();
  });

  it('a process that runs and is not the one that was meant is left alone, and so is one that somebody stopped', async () => {
    const story = processStory();
    story.start();
    await story.clock.advance(20_000);
    story.ask('restart-process', { life: 'boot/0' });
    await story.clock.advance(5000);
    story.ask('restart-process', { life: null });
    await story.clock.advance(5000);
    story.die('stopped');
    story.ask('restart-process', { life: null });
    await story.clock.advance(5000);
    expect(story.restarts).toEqual([]);
    expect(story.reported).toMatchObject([
      { outcome: 'refused', detail: 'left alone: runs as process 1', sighting: { life: 'boot/1' } },
      { outcome: 'refused', sighting: { life: 'boot/1' } },
      { outcome: 'refused', sighting: { wish: 'stopped' } },
    ]);
    await story.stop();
  });

  it('a command that ends well and brings nothing has failed', async () => {
    const story = processStory();
    story.is.restart = 'useless';
    story.start();
    await story.clock.advance(20_000);
    story.ask('restart-process', { life: 'boot/1' });
    await story.clock.advance(100_000);
    expect(story.reported).toMatchObject([
      { outcome: 'failed', detail: expect.stringContaining('no other process was seen') },
    ]);
    await story.stop();
  });

  it('a process that the configuration does not name is refused', async () => {
    const story = processStory();
    story.start();
    story.ask('restart-process', { processName: 'sshd' });
    await story.clock.advance(5000);
    expect(story.reported).toMatchObject([{ outcome: 'refused' }]);
    expect(story.restarts).toEqual([]);
    await story.stop();
  });

  it('is not begun when its time is nearly over', async () => {
    const story = processStory();
    story.start();
    story.ask('restart-process', { life: 'boot/1', leftMs: 1500 });
    await story.clock.advance(5000);
    expect(story.reported).toMatchObject([{ outcome: 'failed', detail: 'it came too late to be begun' }]);
    expect(story.restarts).toEqual([]);
    await story.stop();
  });

  it('is not begun when the journal cannot be written', async () => {
    const story = processStory();
    story.journal.save = () => Promise.reject(new Error('no space left on device'));
    story.start();
    story.ask('restart-process', { life: 'boot/1' });
    await story.clock.advance(5000);
    expect(story.reported).toMatchObject([{ outcome: 'failed' }]);
    expect(story.restarts).toEqual([]);
    await story.stop();
  });

  it('that was begun by a monitor which was stopped is in doubt, and not begun again', async () => {
    const story = processStory();
    story.is.restart = 'hangs';
    story.start();
    story.ask('restart-process', { life: 'boot/1' });
    await story.clock.advance(5000);
    await story.stop();
    expect(story.reported).toEqual([]);
    story.is.restart = 'works';
    story.start();
    await story.clock.advance(20_000);
    expect(story.restarts).toEqual([name]);
    expect(story.reported).toMatchObject([{ outcome: 'in-doubt', sighting: { seen: 'running' } }]);
    await story.stop();
  });

  it('that ended while the API was away is reported when it is back, by the next monitor too', async () => {
    const story = processStory();
    story.start();
    story.ask('restart-process', { life: 'boot/1', leftMs: 600_000 });
    await story.clock.runUntil(() => story.restarts.length > 0, 10_000);
    story.is.api = 'away';
    await story.clock.advance(30_000);
    await story.stop();
    story.start();
    await story.clock.advance(30_000);
    story.is.api = 'up';
    await story.clock.advance(60_000);
    expect(story.restarts).toEqual([name]);
    expect(story.reported).toMatchObject([{ outcome: 'done' }]);
    await story.stop();
  });

  it('an API that is away for ever harms nobody', async () => {
    const story = processStory();
    story.is.api = 'away';
    story.start();
    await story.clock.advance(3_600_000);
    expect(story.lines.filter(line => line.includes('asked of this monitor'))).toEqual([]);
    await story.stop();
  });
});
