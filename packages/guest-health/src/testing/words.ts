import { type GuestProfile, type GuestSignal, lifecycleDetails, stateReasons } from '../signal.ts';

/** A guest as OpenStack makes it with an agent channel and all devices. */
export const profile: GuestProfile = {
  agentChannel: true,
  onCrash: 'destroy',
  panicDevice: true,
  watchdog: 'reset',
  persistent: true,
};

type Lifecycle = Extract<GuestSignal, { type: 'lifecycle' }>['event'];
type State = Extract<GuestSignal, { type: 'state' }>['state'];
type Watchdog = Extract<GuestSignal, { type: 'watchdog' }>['action'];

const lifecycleEvents = Object.keys(lifecycleDetails) as Lifecycle[];
const states: State[] = [
  'nostate',
  'running',
  'blocked',
  'paused',
  'shutdown',
  'shutoff',
  'crashed',
  'pmsuspended',
];
const watchdogActions: Watchdog[] = ['none', 'pause', 'reset', 'poweroff', 'shutdown', 'debug', 'inject-nmi'];
const ioErrorActions = ['none', 'pause', 'report'] as const;

/** The domain id events and rows carry unless `id=` says otherwise. */
export const firstId = 7;

/**
 * One signal in the notation of libvirt's numbers, as measured on real guests:
 *
 * | words                        | signal                                                        |
 * | ---------------------------- | ------------------------------------------------------------- |
 * | `0(5,5)`, `0(2,0) id=8`      | lifecycle event, detail                                       |
 * | `1`                          | reboot                                                        |
 * | `3(2)`                       | watchdog, action                                              |
 * | `4(1)`, `6(1,enospc)`        | io-error, with reason                                         |
 * | `7`                          | control-error                                                 |
 * | `18(1,2)`                    | agent lifecycle: state, reason                                |
 * | `row 5,3`, `row 1,1 cpu=900` | a listing: state, reason, CPU milliseconds                     |
 * | `ping ok`, `ping no-answer`  | a ping; one without an answer was sent 5 s ago, others just now |
 * | `profile on_crash=restart`   | the definition; also `no-channel`                             |
 * | `absent` `blind` `sighted` `tick` | themselves                                               |
 */
export function signalOf(words: string, atMs: number): GuestSignal {
  const [head = '', ...rest] = words.split(' ');
  const options = new Map(
    rest.filter(word => word.includes('=')).map(word => word.split('=') as [string, string]),
  );
  const plain = rest.filter(word => !word.includes('='));
  const id = options.has('id') ? Number(options.get('id')) : firstId;
  const event = /^(\d+)(?:\((\d+)(?:,([^)]*))?\))?$/.exec(head);
  if (event) return eventOf(Number(event[1]), Number(event[2]), event[3] ?? '', id, atMs);
  switch (head) {
    case 'row': {
      const [state = 0, reason = 0] = (plain[0] ?? '').split(',').map(Number);
      const word = at(states, state);
      const isOn = word !== 'shutoff';
      const cpu = options.get('cpu');
      return {
        type: 'state',
        state: word,
        reason: stateReasons[word][reason] ?? `unknown-${reason}`,
        domainId: isOn ? id : null,
        cpuTimeNs: cpu === undefined ? null : BigInt(cpu) * 1_000_000n,
        atMs,
      };
    }
    case 'ping': {
      const outcome = plain[0] === 'ok' ? 'answered' : (plain[0] as 'no-answer');
      const tookMs = options.has('took')
        ? Number(options.get('took')) * 1000
        : outcome === 'no-answer'
          ? 5000
          : 0;
      return { type: 'ping', outcome, detail: null, askedAtMs: atMs - tookMs, atMs };
    }
    case 'profile':
      return {
        type: 'profile',
        name: options.get('name') ?? 'web',
        profile: {
          ...profile,
          agentChannel: !plain.includes('no-channel'),
          onCrash: (options.get('on_crash') ?? 'destroy') as GuestProfile['onCrash'],
        },
        atMs,
      };
    case 'blind':
      return { type: 'blind', cause: 'libvirtd is away', atMs };
    case 'absent':
    case 'sighted':
    case 'tick':
      return { type: head, atMs };
    default:
      throw new Error(`no such signal: ${words}`);
  }
}

function eventOf(event: number, first: number, second: string, domainId: number, atMs: number): GuestSignal {
  switch (event) {
    case 0: {
      const word = at(lifecycleEvents, first);
      const detail = at(lifecycleDetails[word] as readonly string[], Number(second));
      return { type: 'lifecycle', event: word, detail, domainId: word === 'stopped' ? null : domainId, atMs };
    }
    case 1:
      return { type: 'reboot', atMs };
    case 3:
      return { type: 'watchdog', action: at(watchdogActions, first), atMs };
    case 4:
      return { type: 'io-error', action: at(ioErrorActions, first), reason: null, atMs };
    case 6:
      return { type: 'io-error', action: at(ioErrorActions, first), reason: second || null, atMs };
    case 7:
      return { type: 'control-error', atMs };
    case 18:
      return {
        type: 'agent',
        state: first === 1 ? 'connected' : 'disconnected',
        reason: at(['unknown', 'domain-started', 'channel'] as const, Number(second)),
        atMs,
      };
    default:
      throw new Error(`no event ${event}`);
  }
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`no word for number ${index}`);
  return found;
}
