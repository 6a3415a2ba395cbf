import { describe, expect, it } from 'vitest';
import { last, story } from '../../testing/story.ts';

/** A guest whose QEMU died: found off, restarted, not yet heard. */
const restarted = [
  '0 begun',
  '0 looked crashed',
  '0 budget',
  '0 heartbeat not-yet',
  '0 act-begun stop 7',
  '1 act-ended stop done',
  '1 act-begun start 7',
  '2 act-ended start done',
  '2 looked running 8',
];

describe('a guest whose QEMU died', () => {
  it('is stopped, started, looked at, and finished when it is heard', () => {
    expect(story({}, ...restarted, '6 heartbeat heard', '6 ended')).toEqual([
      '0 begun: new -> looking; look',
      '0 looked crashed: looking -> budgeting; ask the budget',
      '0 budget: budgeting -> listening; hear it by 0s',
      '0 heartbeat not-yet: listening -> acting; stop life 7',
      '0 act-begun stop 7: acting -> acting',
      '1 act-ended stop done: acting -> acting; start life 7 without fail',
      '1 act-begun start 7: acting -> acting',
      '2 act-ended start done: acting -> looking; look',
      '2 looked running 8: looking -> listening; hear it by 302s',
      '6 heartbeat heard: listening -> ending; finished by verified: restarted, and heard again',
      '6 ended: ending -> ended',
    ]);
  });

  it('is not looked at again when its start told what runs', () => {
    const lines = story(
      {},
      ...restarted.slice(0, -2),
      '2 act-ended start done running 8',
      '6 heartbeat heard',
    );
    expect(lines.slice(-2)).toEqual([
      '2 act-ended start done running 8: acting -> listening; hear it by 302s',
      '6 heartbeat heard: listening -> ending; finished by verified: restarted, and heard again',
    ]);
    expect(last(story({}, ...restarted.slice(0, -2), '2 act-ended start done crashed 8'))).toMatch(
      /asking-further|budgeting/,
    );
    expect(last(story({}, ...restarted.slice(0, -2), '2 act-ended start failed running 8'))).toContain(
      'waiting',
    );
  });

  it('is only started when it is off already', () => {
    const lines = story({}, '0 begun', '0 looked stopped', '0 budget', '0 heartbeat not-yet');
    expect(last(lines)).toBe('0 heartbeat not-yet: listening -> acting; start life 7');
  });

  it('is finished as soon as it runs when it never had a heartbeat', () => {
    const lines = story(
      { payload: { hadHeartbeat: false } },
      ...restarted.filter(line => !line.includes('heartbeat')),
    );
    expect(lines[2]).toBe('0 budget: budgeting -> acting; stop life 7');
    expect(last(lines)).toBe(
      '2 looked running 8: looking -> ending; finished by verified-running: restarted, and it runs; it never had a heartbeat to wait for',
    );
  });
});

describe('a guest that is not heard after its restart', () => {
  const silent = ['302 heartbeat not-yet', '302 looked running 8', '302 budget', '302 heartbeat not-yet'];
  const rebooted = ['302 act-begun hard-reboot 8', '303 act-ended hard-reboot done', '303 looked running 9'];

  it('is hard rebooted once, and then given up', () => {
    expect(story({}, ...restarted, ...silent, ...rebooted, '603 heartbeat not-yet').slice(9)).toEqual([
      '302 heartbeat not-yet: listening -> looking; look',
      '302 looked running 8: looking -> budgeting; ask the budget',
      '302 budget: budgeting -> listening; hear it by 302s',
      '302 heartbeat not-yet: listening -> acting; hard-reboot life 8',
      '302 act-begun hard-reboot 8: acting -> acting',
      '303 act-ended hard-reboot done: acting -> looking; look',
      '303 looked running 9: looking -> listening; hear it by 603s',
      '603 heartbeat not-yet: listening -> ending; failed by not-heard-again: restarted and then hard rebooted, and it runs, but was not heard within 5 min',
    ]);
  });

  it('is not hard rebooted beyond the budget, in which its restart counts', () => {
    expect(last(story({}, ...restarted, ...silent.slice(0, 2), '302 budget 600 700'))).toContain(
      'failed by restart-budget: restarted, but not heard again, and not hard rebooted: restarted 3 times within 1 h, the budget is 3',
    );
  });

  it('is verified when it is heard just before the hard reboot', () => {
    expect(last(story({}, ...restarted, ...silent.slice(0, 3), '302 heartbeat heard'))).toContain(
      'finished by verified',
    );
  });

  it.each(['restart', 'hard-reboot'] as const)('is given up at once by the method %s', method => {
    const lines = story({ policy: { method } }, ...restarted, '302 heartbeat not-yet');
    expect(last(lines)).toContain('failed by not-heard-again: restarted, and it runs');
  });

  it('is given up with a warning when its disk had failed: one restart is all that can help', () => {
    const lines = story({ payload: { fault: 'io-error' } }, ...restarted, '302 heartbeat not-yet');
    expect(last(lines)).toContain('was not heard within 5 min; a restart on the same host may fail again');
  });
});

describe('the method hard-reboot', () => {
  const told = { policy: { method: 'hard-reboot' as const }, payload: { fault: 'heartbeat-lost' as const } };

  it('reboots a guest that hangs', () => {
    const lines = story(told, '0 begun', '0 looked running 7', '0 budget', '0 heartbeat not-yet');
    expect(last(lines)).toBe('0 heartbeat not-yet: listening -> acting; hard-reboot life 7');
  });

  it('starts a guest that is off', () => {
    const lines = story(told, '0 begun', '0 looked stopped', '0 budget', '0 heartbeat not-yet');
    expect(last(lines)).toContain('acting; start life 7');
  });
});

describe('a disk that failed', () => {
  it('is mentioned when the guest is back', () => {
    const lines = story({ payload: { fault: 'io-error' } }, ...restarted, '6 heartbeat heard');
    expect(last(lines)).toContain(
      'heard again; its disk had failed, and a restart on the same host may fail again',
    );
  });
});

describe('the restart budget', () => {
  const asked = ['0 begun', '0 looked stopped'];

  it('admits a restart while fewer lie within the window', () => {
    expect(last(story({}, ...asked, '0 budget 60 120 3600'))).toContain('hear it by');
  });

  it('refuses the fourth within the hour, and says so', () => {
    expect(last(story({}, ...asked, '0 budget 60 120 1800'))).toBe(
      '0 budget 60 120 1800: budgeting -> ending; failed by restart-budget: restarted 3 times within 1 h, the budget is 3',
    );
  });
});

describe('an act that does not work', () => {
  const begun = ['0 begun', '0 looked stopped', '0 budget', '0 heartbeat not-yet', '0 act-begun start 7'];
  const again = ['2 tick', '2 looked stopped', '2 act-begun start 7', '3 act-ended start failed'];
  const third = ['7 tick', '7 looked stopped', '7 act-begun start 7', '8 act-ended start failed'];

  it('is looked at and repeated after a growing pause, then ends as error, to be tried anew later', () => {
    const lines = story({}, ...begun, '0 act-ended start failed', ...again, ...third, '8 looked stopped');
    expect(lines.slice(5)).toEqual([
      '0 act-ended start failed: acting -> waiting; wait until 2s (retry)',
      '2 tick: waiting -> looking; look',
      '2 looked stopped: looking -> acting; start life 7 again (2) without fail',
      '2 act-begun start 7: acting -> acting',
      '3 act-ended start failed: acting -> waiting; wait until 7s (retry)',
      '7 tick: waiting -> looking; look',
      '7 looked stopped: looking -> acting; start life 7 again (3) without fail',
      '7 act-begun start 7: acting -> acting',
      '8 act-ended start failed: acting -> looking; look',
      '8 looked stopped: looking -> ending; error by act-failed: the start failed 3 times: it was failed; tried again in 8 s',
    ]);
  });

  it('is not repeated when it happened all the same', () => {
    const lines = story({}, ...begun, '0 act-ended start failed', '2 tick', '2 looked running 8');
    expect(last(lines)).toBe('2 looked running 8: looking -> listening; hear it by 302s');
  });

  it('that is refused ends in failed, with the words of the refusal', () => {
    const lines = story({}, ...begun, '0 act-ended start refused', '0 looked stopped');
    expect(last(lines)).toContain('failed by act-refused: the start was refused: it was refused');
  });

  it('that is refused because somebody restarted the guest is left at that', () => {
    const lines = story(
      { payload: { fault: 'heartbeat-lost' } },
      '0 begun',
      '0 looked running 7',
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun stop 7',
      '0 act-ended stop refused',
      '0 looked running 9',
      '5 heartbeat heard',
    );
    expect(last(lines)).toContain('finished by another-life');
  });

  it('ends in failed after as many rounds', () => {
    const round = [
      '0 looked stopped',
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun start 7',
      '0 act-ended start failed',
      ...again,
      ...third,
      '8 looked stopped',
      '8 ended',
    ];
    const later = round.filter(line => !line.includes('budget') && !line.includes('heartbeat'));
    const lines = story({}, '0 begun', ...round, '16 begun', ...later, '40 begun', ...later);
    expect(lines.filter(line => line.includes('ending;'))).toEqual([
      expect.stringContaining(
        'error by act-failed: the start failed 3 times: it was failed; tried again in 8 s',
      ),
      expect.stringContaining('tried again in 16 s'),
      expect.stringContaining(
        'failed by act-failed: the start failed 3 times: it was failed; given up after 3 times',
      ),
    ]);
  });
});

describe('a cloud that tells what it noted last', () => {
  it('has not noticed that QEMU died: the guest is stopped there and started, and known by its new boot', () => {
    const lines = story(
      {},
      '0 begun',
      '0 looked running nova:req-1 by-record',
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun stop nova:req-1',
      '1 act-ended stop done',
      '1 act-begun start nova:req-1',
      '2 act-ended start done',
      '2 looked running nova:req-2 by-record',
      '6 heartbeat heard',
    );
    expect(lines.slice(1, 4)).toEqual([
      '0 looked running nova:req-1 by-record: looking -> budgeting; ask the budget',
      '0 budget: budgeting -> listening; hear it by 0s',
      '0 heartbeat not-yet: listening -> acting; stop life nova:req-1',
    ]);
    expect(last(lines)).toContain('finished by verified');
  });

  it('is not asked to stop a guest that does not answer: it would ask the guest first, for a minute', () => {
    const lines = story(
      { payload: { fault: 'heartbeat-lost' } },
      '0 begun',
      '0 looked running nova:req-1 by-record',
      '0 budget',
      '0 heartbeat not-yet',
      '0 act-begun hard-reboot nova:req-1',
      '8 act-ended hard-reboot done',
      '8 looked running nova:req-2 by-record',
      '308 heartbeat not-yet',
    );
    expect(lines[3]).toBe('0 heartbeat not-yet: listening -> acting; hard-reboot life nova:req-1');
    expect(last(lines)).toContain('failed by not-heard-again: hard rebooted, and it runs, but');
  });

  it('is believed when it tells of another boot after a stop of ours', () => {
    const stopped = ['0 begun', '0 looked stopped by-record', '0 budget', '0 heartbeat not-yet'];
    const lines = story(
      {},
      ...stopped,
      '0 act-begun start 7',
      '1 taken-over',
      '1 looked running nova:req-2 by-record',
    );
    expect(last(lines)).toContain('looking -> listening; hear it by 301s');
  });
});

describe('a guest that fails again after its restart', () => {
  it.each(['crashed', 'error', 'paused 8', 'stopped'])('%s: is left to its next notification', state => {
    const lines = story({}, ...restarted.slice(0, -1), `2 looked ${state}`, '2 further filed');
    expect(lines.at(-2)).toContain('asking-further; hear of a further notification by 12s');
    expect(last(lines)).toContain('failed by failed-again: restarted, and it failed again');
  });

  const unfiled = [...restarted, '30 tick', '30 looked crashed', '40 further none'];
  const again = [
    ...unfiled,
    '40 budget 600',
    '40 act-begun stop 8',
    '41 act-ended stop done',
    '41 act-begun start 8',
    '42 act-ended start done',
  ];

  it('is restarted by the same recovery when nobody filed that: its monitor was away', () => {
    const lines = story({}, ...again, '42 looked running 9', '46 heartbeat heard');
    expect(lines.slice(restarted.length)).toEqual([
      '30 tick: listening -> looking; look',
      '30 looked crashed: looking -> asking-further; hear of a further notification by 40s',
      '40 further none: asking-further -> budgeting; ask the budget',
      '40 budget 600: budgeting -> acting; stop life 8',
      '40 act-begun stop 8: acting -> acting',
      '41 act-ended stop done: acting -> acting; start life 8 without fail',
      '41 act-begun start 8: acting -> acting',
      '42 act-ended start done: acting -> looking; look',
      '42 looked running 9: looking -> listening; hear it by 342s',
      '46 heartbeat heard: listening -> ending; finished by verified: restarted again, and heard again',
    ]);
  });

  it('… within the budget, in which its own restarts count', () => {
    const lines = story({}, ...unfiled, '40 budget 600 700');
    expect(last(lines)).toContain('failed by restart-budget: restarted 3 times within 1 h');
  });

  it('… and left alone when somebody started it meanwhile', () => {
    const lines = story({}, ...unfiled, '40 budget', '40 taken-over', '40 looked running 9');
    expect(last(lines)).toContain('looking -> listening; hear it by 340s');
  });

  it('is not hard rebooted when somebody restarted it meanwhile', () => {
    const lines = story({}, ...restarted, '302 heartbeat not-yet', '302 looked running 9');
    expect(last(lines)).toContain('failed by failed-again');
  });
});
