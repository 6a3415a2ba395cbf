import { describe, expect, it } from 'vitest';
import { last, story } from '../../testing/story.ts';

const hung = { payload: { fault: 'heartbeat-lost' as const } };
const toStop = ['0 begun', '0 looked running 7', '0 budget', '0 heartbeat not-yet', '0 act-begun stop 7'];
const toStart = [...toStop, '1 act-ended stop done', '1 act-begun start 7'];
const toHardReboot = [
  ...toStart,
  '2 act-ended start done',
  '2 looked running 8',
  '302 heartbeat not-yet',
  '302 looked running 8',
  '302 budget',
  '302 heartbeat not-yet',
  '302 act-begun hard-reboot 8',
];

describe('an act in doubt after a take-over', () => {
  it.each([
    [
      'a stop that did not happen is asked again, once the guest was asked for',
      toStop,
      'running 7',
      'hear it by 310s',
    ],
    [
      'a stop that happened is followed by the start',
      toStop,
      'stopped by-operator',
      'start life 7 without fail',
    ],
    ['a stop after which somebody started it is left at that', toStop, 'running 9', 'hear it by 610s'],
    [
      'a stop of an instance whose boots have no number: its heartbeat may tell',
      toStop,
      'running',
      'hear it by 610s',
    ],
    [
      'a start that did not happen is asked again',
      toStart,
      'stopped by-operator',
      'start life 7 without fail',
    ],
    ['a start that happened is not repeated', toStart, 'running 8', 'hear it by 610s'],
    [
      'a start of an instance whose boots have no number is not repeated',
      toStart,
      'running',
      'hear it by 610s',
    ],
    ['a hard reboot that did not happen is asked again', toHardReboot, 'running 8', 'hear it by 310s'],
    ['a hard reboot that happened is not repeated', toHardReboot, 'running 9', 'hear it by 610s'],
    [
      'a hard reboot that got half-way is ended by a start',
      toHardReboot,
      'stopped by-operator',
      'start life 8 without fail',
    ],
    ['a hard reboot without numbers is not repeated', toHardReboot, 'running', 'hear it by 610s'],
  ])('%s', (_promise, before, seen, expected) => {
    const lines = story(hung, ...before, '310 taken-over', `310 looked ${seen}`);
    expect(lines.at(-2)).toContain('-> looking; look');
    expect(last(lines)).toMatch(new RegExp(`; ${expected}$`));
  });

  it('is given up after a repeated hard reboot was not heard: the escalation happens once', () => {
    const lines = story(
      hung,
      ...toHardReboot,
      '310 taken-over',
      '310 looked stopped',
      '310 act-begun start 8',
      '311 act-ended start done',
      '311 looked running 9',
      '611 heartbeat not-yet',
    );
    expect(last(lines)).toContain('failed by not-heard-again: restarted and then hard rebooted');
  });

  it('does not ask the budget again', () => {
    const lines = story(hung, ...toStop, '5 taken-over', '5 looked running 7', '5 heartbeat not-yet');
    expect(last(lines)).toContain('acting; stop life 7');
  });
});

describe('a take-over while waiting', () => {
  it('looks, and goes on listening to the boot we made', () => {
    const lines = story(
      hung,
      ...toStart,
      '2 act-ended start done',
      '2 looked running 8',
      '9 taken-over',
      '9 looked running 8',
      '11 heartbeat heard',
    );
    expect(last(lines)).toContain('finished by verified');
  });
});
