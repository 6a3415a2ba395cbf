import {
  aCount,
  aNumber,
  anObject,
  aString,
  digits,
  listOf,
  nullable,
  oneOf,
  type Read,
  taggedBy,
  Unreadable,
} from '../read.ts';
import { aProfile } from '../recall.ts';
import { recordingLimits } from './recorder.ts';
import type { RecordedSignal, Recording } from './recording.ts';

/**
 * A recording as somebody sent it. Never throws: answers what is wrong as text. The records of its guests are read where they are
 * used, by `fromRecord`.
 */
export function readRecording(value: unknown): Recording | string {
  try {
    const read = aRecording(value, 'recording');
    if (read.toAt < read.fromAt) return 'recording.toAt must not be before recording.fromAt';
    if (read.signals.some(({ atMs }) => atMs < read.fromAt - slackMs || atMs > read.toAt + slackMs))
      return 'recording.signals must lie between recording.fromAt and recording.toAt';
    return read;
  } catch (error) {
    if (error instanceof Unreadable) return error.message;
    throw error;
  }
}

/** Something that was seen before the cut may be judged after it; and a wall clock is put right by so much at once. */
const slackMs = 120_000;

type Of<T extends RecordedSignal['type']> = Extract<RecordedSignal, { type: T }>;
const of = nullable(aString);
const orUnknown = aString;
const common = { of, atMs: aNumber } as const;
const type = <T extends RecordedSignal['type']>(word: T): Read<T> => oneOf([word]) as Read<T>;

const aSignal = taggedBy<RecordedSignal>('type', {
  lifecycle: anObject<Of<'lifecycle'>>({
    ...common,
    type: type('lifecycle'),
    event: oneOf([
      'defined',
      'undefined',
      'started',
      'suspended',
      'resumed',
      'stopped',
      'shutdown',
      'pmsuspended',
      'crashed',
    ]),
    detail: aString,
    domainId: nullable(aNumber),
  }),
  reboot: anObject<Of<'reboot'>>({ ...common, type: type('reboot') }),
  watchdog: anObject<Of<'watchdog'>>({
    ...common,
    type: type('watchdog'),
    action: orUnknown as Read<Of<'watchdog'>['action']>,
  }),
  'io-error': anObject<Of<'io-error'>>({
    ...common,
    type: type('io-error'),
    action: orUnknown as Read<Of<'io-error'>['action']>,
    reason: nullable(aString),
  }),
  'control-error': anObject<Of<'control-error'>>({ ...common, type: type('control-error') }),
  agent: anObject<Of<'agent'>>({
    ...common,
    type: type('agent'),
    state: oneOf(['connected', 'disconnected']),
    reason: oneOf(['domain-started', 'channel', 'unknown']),
  }),
  ping: anObject<Of<'ping'>>({
    ...common,
    type: type('ping'),
    outcome: oneOf(['answered', 'no-answer', 'not-connected', 'not-configured', 'could-not-look']),
    detail: nullable(aString),
    askedAtMs: aNumber,
  }),
  state: anObject<Of<'state'>>({
    ...common,
    type: type('state'),
    state: oneOf([
      'nostate',
      'running',
      'blocked',
      'paused',
      'shutdown',
      'shutoff',
      'crashed',
      'pmsuspended',
    ]),
    reason: aString,
    domainId: nullable(aNumber),
    cpuTimeNs: nullable(digits),
  }),
  profile: anObject<Of<'profile'>>({ ...common, type: type('profile'), profile: aProfile, name: aString }),
  absent: anObject<Of<'absent'>>({ ...common, type: type('absent') }),
  blind: anObject<Of<'blind'>>({ ...common, type: type('blind'), cause: aString }),
  sighted: anObject<Of<'sighted'>>({ ...common, type: type('sighted') }),
});

const aRecording = anObject<Recording>({
  fromAt: aNumber,
  toAt: aNumber,
  heard: aCount,
  guests: listOf<Recording['guests'][number]>(
    value => value as Recording['guests'][number],
    recordingLimits.guests,
  ),
  signals: listOf(aSignal, recordingLimits.signals),
  dropped: aCount,
});
