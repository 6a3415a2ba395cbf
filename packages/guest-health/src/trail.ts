import type { GuestState, Sign } from './guest-state.ts';
import { printable } from './printable.ts';
import type { GuestSignal } from './signal.ts';

/** So many signs are kept; forty events of one crash count as one. */
const longest = 12;

/** The same sign again within this time is the same burst, whatever came in between: libvirt sends some events in pairs. */
const burstMs = 5_000;

/** Keeps what this signal says, for the evidence of a later verdict. */
export function remember(guest: GuestState, signal: GuestSignal): GuestState {
  const said = wording(signal);
  if (said === null) return guest;
  const value = printable(said, 120);
  const { type, atMs } = signal;
  const { trail } = guest;
  const same = trail.findLastIndex(sign => sign.signal === type && sign.value === value);
  const before = trail[same];
  if (before && atMs - before.atMs <= burstMs)
    return { ...guest, trail: trail.with(same, { ...before, atMs, count: before.count + 1 }) };
  const sign: Sign = { signal: type, value, firstAtMs: atMs, atMs, count: 1 };
  return { ...guest, trail: [...trail.slice(1 - longest), sign] };
}

/** First instant of the latest such sign, when it began within the window. */
export function signSince(
  guest: GuestState,
  is: { signal: string; value: (value: string) => boolean; sinceMs: number },
): number | null {
  const found = guest.trail.findLast(sign => sign.signal === is.signal && is.value(sign.value));
  return found && found.firstAtMs >= is.sinceMs ? found.firstAtMs : null;
}

/** What is worth keeping: events. Pings and listings are kept by what they change. */
function wording(signal: GuestSignal): string | null {
  switch (signal.type) {
    case 'lifecycle':
      return `${signal.event}/${signal.detail}`;
    case 'reboot':
      return 'reboot';
    case 'watchdog':
      return signal.action;
    case 'io-error':
      return signal.reason ? `${signal.action} ${signal.reason}` : signal.action;
    case 'control-error':
      return 'control-error';
    case 'agent':
      return `${signal.state}/${signal.reason}`;
    case 'blind':
      return signal.cause;
    case 'sighted':
      return 'sighted';
    case 'ping':
    case 'state':
    case 'profile':
    case 'absent':
    case 'tick':
      return null;
  }
}
