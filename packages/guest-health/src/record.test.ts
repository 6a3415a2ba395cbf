import { describe, expect, it } from 'vitest';
import { fromRecord } from './recall.ts';
import { type HostRecord, toRecord } from './record.ts';
import { Story, uuidOf, zeroMs, zeroWallMs } from './testing/story.ts';
import { viewGuest } from './view.ts';

function recordOf(...script: string[]): HostRecord {
  const story = new Story();
  story.play(...script);
  const seconds = Number(script.at(-1)?.split(' ')[0] ?? 0);
  return toRecord(story.state, zeroMs + seconds * 1000, zeroWallMs + seconds * 1000);
}

const read = (record: unknown) => fromRecord(record, 1_000, zeroWallMs + 60_000);

describe('the record of a host', () => {
  it('is plain JSON with wall-clock instants', () => {
    const record = recordOf('0 row 1,1 cpu=1500', '1 ping ok');
    expect(record).toEqual({
      version: 1,
      suspectSince: null,
      guests: [
        {
          instanceUuid: uuidOf('web'),
          instanceName: 'web',
          profile: {
            agentChannel: true,
            onCrash: 'destroy',
            panicDevice: true,
            watchdog: 'reset',
            persistent: true,
          },
          standing: { phase: 'alive' },
          why: 'answered',
          sinceAt: zeroWallMs - 10_000,
          boot: `7@${(zeroWallMs - 20_000).toString(36)}`,
          domainId: 7,
          ended: false,
          heard: true,
          proven: true,
          lastBeatAt: zeroWallMs + 1_000,
          incidents: 0,
          runningReason: 'booted',
          cpuFloorNs: '1500000000',
          incident: null,
          watchdog: null,
          reboots: [],
        },
      ],
    });
    expect(JSON.parse(JSON.stringify(record))).toEqual(record);
  });

  it('turns into the monotonic time of the next monitor', () => {
    const { state, damaged } = read(recordOf('1 ping ok'));
    const guest = state.guests.get(uuidOf('web'));
    expect(damaged).toEqual([]);
    // 59 s before the start, which is at 1 s of the new clock.
    expect(guest && viewGuest(guest).lastBeatMs).toBe(-58_000);
  });

  it('keeps the incident and how many there were', () => {
    const { state } = read(JSON.stringify(recordOf('0 0(3,2)', '1 0(4,0)', '2 ping ok', '3 0(3,2)')));
    const guest = state.guests.get(uuidOf('web'));
    expect(guest && viewGuest(guest).incident).toEqual({
      boot: `7@${(zeroWallMs - 20_000).toString(36)}`,
      sequence: 2,
      fault: 'io-error',
      heardAgainAtMs: null,
      heardAgainBoot: null,
    });
  });

  it.each([
    ['alive', '1 ping ok', 'alive'],
    ['suspect', '5 ping no-answer', 'suspect'],
    ['confirming a lost agent', '0 18(2,2)', 'suspect'],
    ['confirming a pause', '0 0(3,3)', 'confirming'],
    ['confirming a power-off', '0 3(3)', 'confirming'],
    ['confirming a shutdown', '0 3(4)', 'confirming'],
    ['failed', '0 0(5,5)', 'failed'],
    ['suspended', '0 0(3,0)', 'suspended'],
    ['stopped', '0 0(5,1)', 'stopped'],
    ['unproven', '0 1 ×3', 'unproven'],
  ])('remembers a guest that was %s', (_name, line, phase) => {
    const { state, damaged } = read(recordOf(line));
    expect(damaged).toEqual([]);
    expect(state.guests.get(uuidOf('web'))?.standing.phase).toBe(phase);
    expect(state.guests.totals.byPhase[phase as 'alive']).toBe(1);
  });

  it('never believes an instant of the past to lie in the future, whatever the wall clock did', () => {
    const { state } = fromRecord(recordOf('1 ping ok'), 1_000, zeroWallMs - 86_400_000);
    expect(state.guests.get(uuidOf('web'))?.life.lastBeatMs).toBe(1_000);
  });
});

describe('a record that is broken', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'record must be an object, found undefined'],
    ['null', null, 'record must be an object, found null'],
    ['a list', [], 'record must be an object, found a list'],
    ['a number', 7, 'record must be an object, found number'],
    ['without a version', { guests: [] }, 'record.version must be a number, found undefined'],
    ['of the future', { version: 2, guests: [] }, 'record.version must be 1, found 2'],
    [
      'without guests',
      { version: 1, suspectSince: null },
      'record.guests must be a list of at most 16384, found undefined',
    ],
  ])('%s: nothing is believed, and it says why', (_name, record, reason) => {
    const { state, damaged } = read(record);
    expect(state.guests.size).toBe(0);
    expect(damaged).toEqual([reason]);
  });

  it('half-written: nothing is believed, whatever the length', () => {
    const text = JSON.stringify(recordOf('0 0(5,5)'));
    for (let length = 0; length < text.length; length += 1) {
      const { state, damaged } = read(text.slice(0, length));
      expect([state.guests.size, damaged.length]).toEqual([0, 1]);
    }
  });

  it('in one guest: the others are kept', () => {
    const record = recordOf('0 0(5,5)');
    const other = { ...structuredClone(record.guests[0]), instanceUuid: uuidOf('other') };
    const { state, damaged } = read({
      ...record,
      guests: [{ ...record.guests[0], heard: 'yes' }, other, null],
    });
    expect([...state.guests.keys()]).toEqual([uuidOf('other')]);
    expect(damaged).toEqual([
      'guests[0].heard must be true or false, found string',
      'guests[2] must be an object, found null',
    ]);
  });

  it('with a guest twice: the first counts', () => {
    const [guest] = recordOf('1 ping ok').guests;
    const { state, damaged } = read({ version: 1, suspectSince: null, guests: [guest, guest] });
    expect(state.guests.size).toBe(1);
    expect(damaged).toEqual([`guests[1] names ${uuidOf('web')} a second time`]);
  });

  it('in any one field: that guest is left out or the field was free text, and nothing is thrown', () => {
    const paths = leaves(recordOf('0 0(3,2)', '1 0(4,0)', '2 3(4)', '3 1', '4 0(3,3)'));
    expect(paths.length).toBeGreaterThan(30);
    for (const path of paths) {
      for (const rubbish of [undefined, {}, [], -1.5, Number.NaN, 'rubbish', '__proto__']) {
        const record = structuredClone(recordOf('0 0(3,2)', '1 0(4,0)', '2 3(4)', '3 1', '4 0(3,3)'));
        put(record, path, rubbish);
        const { state, damaged } = read(record);
        expect(state.guests.size + Math.min(1, damaged.length)).toBe(1);
      }
    }
  });
});

function leaves(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]));
}

function put(target: unknown, path: string[], value: unknown): void {
  const [key = '', ...rest] = path;
  const holder = target as Record<string, unknown>;
  if (rest.length === 0) holder[key] = value;
  else put(holder[key], rest, value);
}
