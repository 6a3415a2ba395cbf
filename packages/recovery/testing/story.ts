import type { InstancePayload } from '@instance-ha/notification';
import {
  decide,
  initialRecovery,
  type RecoveryEffect,
  type RecoveryEvent,
  type RecoveryPolicy,
  type RecoveryState,
} from '../src/index.ts';

export const policy: RecoveryPolicy = {
  mode: 'act',
  method: 'auto',
  allowEvacuate: false,
  processAllInstances: true,
  haEnabledKey: 'HA_Enabled',
  recoverIgnoringErrorInstances: false,
  budget: { restarts: 3, windowMs: 3_600_000 },
  actTimeoutMs: 60_000,
  heartbeatWaitMs: 300_000,
  nobodyListensMs: 120_000,
  attemptLimit: 3,
  retryMs: 2000,
  expiryMs: 86_400_000,
  host: {
    hasControl: true,
    evacuateAllInstances: true,
    haEnabledKey: 'HA_Enabled',
    ignoreInstancesInErrorState: false,
    failureRatio: 0.5,
    maxHostsAtOnce: 3,
    concurrencyFirst: 4,
    concurrencyMax: 8,
    evacuationTimeoutMs: 300_000,
    pollMs: 500,
    autoReturn: true,
  },
  process: {
    hasControl: true,
    otherProcesses: 'restart',
    restartAttempts: 3,
    restartTimeoutMs: 90_000,
    takeTimeoutMs: 30_000,
    verifyTimeoutMs: 90_000,
    pollMs: 1000,
    budget: { restarts: 3, windowMs: 3_600_000 },
    disableService: true,
  },
};

export const payload: InstancePayload = {
  type: 'COMPUTE_INSTANCE',
  instanceUuid: '6f70d5a4-8d3c-4a52-9d2e-2a9f1f6f0b11',
  instanceName: 'web-1',
  fault: 'qemu-failed',
  handledBy: 'none',
  hadHeartbeat: true,
  boot: 'b7',
  domainId: 7,
  libvirtEvent: null,
};

export const subject = (changes: Partial<InstancePayload> = {}) => ({
  notificationUuid: '11111111-2222-4333-8444-555555555555',
  incidentKey: 'instance/compute-1/6f70d5a4-8d3c-4a52-9d2e-2a9f1f6f0b11/b7/1',
  host: 'compute-1',
  payload: { ...payload, ...changes },
  acceptedAt,
  faultAt: '2026-11-26T11:59:58.000Z',
});

/** Second 0 of every story. */
export const acceptedAt = '2026-11-26T12:00:00.000Z';

type Told = { payload?: Partial<InstancePayload>; policy?: Partial<RecoveryPolicy> };

/**
 * Plays "seconds fact words…" lines through the machine and tells each as `seconds fact: phase -> phase; effect`.
 *
 *   0 begun · 0 looked running 7 · 0 looked stopped · 0 looked paused 7 by-operator · 0 looked nothing
 *   0 looked running 7 unmarked · 0 looked running 7 HA_Enabled=yes · 0 looked running 7 down bootedAt=2026-11-26T11:00Z
 *   0 looked moved compute-2 · 0 looked could-not-look · 0 budget 60 120 · 0 heartbeat heard|not-yet|nobody-listens
 *   0 further filed|none
 *   0 aborted · 0 retry
 *   0 act-begun stop 7 · 1 act-ended stop done|refused|failed · 2 act-ended start done running 8 · 0 paused 600 · 5 tick · 9 taken-over · 9 ended
 */
export function story(told: Told, ...script: string[]): string[] {
  const rules = { ...policy, ...told.policy };
  let state: RecoveryState = initialRecovery;
  let effects: RecoveryEffect[] = [];
  return script.map(line => {
    const event = read(line, told, rules, effects);
    const before = state.phase;
    const decision = decide(rules, state, event);
    ({ state, effects } = decision);
    return [`${line}: ${before} -> ${state.phase}`, ...effects.map(inWords)].join('; ');
  });
}

function read(line: string, told: Told, rules: RecoveryPolicy, effects: RecoveryEffect[]): RecoveryEvent {
  const [seconds, type, ...words] = line.split(' ');
  const atMs = Number(seconds) * 1000;
  const [first = '', second = ''] = words;
  switch (type) {
    case 'begun':
      return { type, atMs, subject: subject(told.payload), policy: rules };
    case 'retry':
      return {
        type: 'begun',
        atMs,
        subject: subject(told.payload),
        policy: rules,
        retry: { by: 'ada', reason: null },
      };
    case 'aborted':
      return { type, atMs, by: 'ada', reason: 'by hand' };
    case 'taken-over':
      return { type, atMs, worker: 'worker-2' };
    case 'looked':
      return { type, atMs, sighting: readSighting(words) };
    case 'budget':
      return { type, atMs, restartsAgoMs: words.map(ago => Number(ago) * 1000) };
    case 'heartbeat':
      return { type, atMs, sighting: readHeartbeat(first, second) };
    case 'act-begun':
      return { type, atMs, act: first as 'stop', life: second || null, attempt: 1 };
    case 'act-ended':
      return {
        type,
        atMs,
        act: first as 'stop',
        outcome: second as 'done',
        detail: `it was ${second}`,
        ...(words.length > 2 ? { sighting: readSighting(words.slice(2)) } : {}),
      };
    case 'further':
      return { type, atMs, filed: first === 'filed' };
    case 'paused':
      return { type, atMs, reason: 'upgrade', untilMs: Number(first) * 1000 };
    case 'tick':
      return { type, atMs };
    case 'ended': {
      const effect = effects[0];
      if (effect?.type !== 'end') throw new Error(`${line}: no end was decided before it`);
      return { type, atMs, ...effect.end };
    }
    default:
      throw new Error(`not a fact: ${line}`);
  }
}

function readSighting([state = '', ...words]: string[]): Extract<
  RecoveryEvent,
  { type: 'looked' }
>['sighting'] {
  if (state === 'moved') return { seen: 'nothing', detail: `it is on ${words[0]}`, movedTo: words[0] };
  if (state === 'nothing') return { seen: 'nothing', detail: 'no such domain' };
  if (state === 'could-not-look') return { seen: 'could-not-look', detail: 'libvirtd is away' };
  const written = words.filter(word => word.includes('=')).map(word => word.split('=') as [string, string]);
  const { bootedAt, ...metadata } = Object.fromEntries(written);
  const isMarkable = words.includes('unmarked') || Object.keys(metadata).length > 0;
  const hostService = (['up', 'down', 'forced-down'] as const).find(word => words.includes(word));
  const life = words.find(word => /^\d+$|^[^=]*:/.test(word)) ?? null;
  const byOperator = words.includes('by-operator');
  const byRecord = words.includes('by-record');
  return {
    seen: 'instance',
    state: state as 'running',
    life,
    byOperator,
    detail: state,
    byRecord,
    bootedAt,
    hostService,
    ...(isMarkable ? { metadata } : {}),
  };
}

function readHeartbeat(
  word: string,
  forSeconds = '',
): Extract<RecoveryEvent, { type: 'heartbeat' }>['sighting'] {
  if (word === 'heard') return { heartbeat: 'heard', atMs: 1_700_000_000_000 };
  if (word === 'not-yet') return { heartbeat: 'not-yet' };
  if (word === 'nobody-listens') {
    const detail = 'the monitor is away';
    return { heartbeat: 'nobody-listens', detail, ...(forSeconds && { forMs: Number(forSeconds) * 1000 }) };
  }
  throw new Error(`not a heartbeat: ${word}`);
}

function inWords(effect: RecoveryEffect): string {
  switch (effect.type) {
    case 'look':
      return 'look';
    case 'ask-budget':
      return 'ask the budget';
    case 'await-heartbeat':
      return `hear it by ${effect.untilMs / 1000}s`;
    case 'await-further':
      return `hear of a further notification by ${effect.untilMs / 1000}s`;
    case 'act': {
      const life = effect.life === null ? '' : ` life ${effect.life}`;
      const again = effect.attempt === 1 ? '' : ` again (${effect.attempt})`;
      return `${effect.act}${life}${again}${effect.mayHold ? '' : ' without fail'}`;
    }
    case 'ask-context':
    case 'take-turn':
    case 'look-host':
    case 'host-act':
    case 'list-instances':
    case 'evacuate':
    case 'list-evacuations':
    case 'restore':
    case 'ask-process-context':
    case 'monitor-act':
    case 'look-service':
    case 'service-act':
      return effect.type;
    case 'wait':
      return `wait until ${effect.untilMs / 1000}s (${effect.why})`;
    case 'end': {
      const { status, rule, reason } = effect.end;
      return `${status} by ${rule}: ${reason}`;
    }
  }
}

export const last = (lines: string[]): string => lines.at(-1) ?? '';
