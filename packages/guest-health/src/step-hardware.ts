import type { GuestState } from './guest-state.ts';
import { heedFrom, withLife } from './lives.ts';
import type { GuestPolicy } from './policy.ts';
import { sentences } from './sentence.ts';
import type { GuestSignal } from './signal.ts';
import { andThen, becomeConfirming, becomeRunning, graceFrom, type Step, stay } from './step.ts';
import { onRunning } from './step-meaning.ts';
import { convict } from './verdict.ts';

/** Events of one reset come up to forty times within a second. */
const rebootBurstMs = 5_000;

/** One guest after its watchdog fired. */
export function stepOnWatchdog(
  policy: GuestPolicy,
  guest: GuestState,
  signal: Extract<GuestSignal, { type: 'watchdog' }>,
): Step {
  const { standing } = guest;
  const { action, atMs } = signal;
  if (standing.phase === 'stopped') return stay(guest);
  if (action === 'reset')
    return convict(
      policy,
      guest,
      {
        rule: 'watchdog-reset',
        fault: 'watchdog-reset',
        handledBy: 'qemu',
        summary: sentences['watchdog-reset'],
        inputs: [{ signal: 'watchdog', value: 'reset', atMs }],
        leaves: 'running',
        ended: false,
        silent: false,
        faultAtMs: atMs,
        libvirtEvent: { event: 'WATCHDOG', virDomainEvent: 'WATCHDOG_RESET' },
      },
      atMs,
    );
  // `pause` comes for a dump too: the pause itself tells more. The others leave the guest as it is.
  if (action !== 'poweroff' && action !== 'shutdown') return stay(guest);

  const fired: GuestState = { ...guest, watchdog: { action, atMs } };
  if (standing.phase === 'failed' || standing.phase === 'suspended') return stay(fired);
  if (action === 'poweroff')
    return becomeConfirming(
      fired,
      { charge: { kind: 'watchdog-poweroff', firstAtMs: atMs }, dueAtMs: atMs + policy.incidentWindowMs },
      'its watchdog powers it off',
      atMs,
    );
  if (standing.phase === 'suspect' || standing.phase === 'held' || standing.phase === 'confirming')
    return stay(fired); // Its silence says more than a request it may never obey.
  return becomeConfirming(
    fired,
    { charge: { kind: 'watchdog-shutdown', firstAtMs: atMs }, dueAtMs: atMs + policy.evidenceMaxAgeMs },
    'its watchdog asked it to shut down',
    atMs,
  );
}

/** The time for the power-off to be told has passed. */
export function convictPoweroff(
  policy: GuestPolicy,
  guest: GuestState,
  firstAtMs: number,
  atMs: number,
): Step {
  return convict(
    policy,
    guest,
    {
      rule: 'watchdog-poweroff',
      fault: 'watchdog-stopped',
      handledBy: 'none',
      summary: sentences['watchdog-poweroff'],
      inputs: [{ signal: 'watchdog', value: 'poweroff', atMs: firstAtMs }],
      leaves: 'off',
      ended: false,
      silent: false,
      faultAtMs: firstAtMs,
      libvirtEvent: { event: 'WATCHDOG', virDomainEvent: 'WATCHDOG_POWEROFF' },
    },
    atMs,
  );
}

/** One guest after it was reset: by itself, by its owner or by QEMU; nobody can tell which. */
export function stepOnReboot(policy: GuestPolicy, guest: GuestState, atMs: number, wallAtMs: number): Step {
  const counted = countReboot(policy, guest, atMs);
  const { standing } = counted;
  const unheard = heedFrom(withLife({ ...counted, watchdog: null }, { proven: false }), atMs);
  const boots = (): Step =>
    becomeRunning(unheard, 'rebooted; not heard since', graceFrom(policy, atMs), atMs);
  switch (standing.phase) {
    case 'suspended':
      return stay(unheard);
    case 'stopped':
      return guest.life.ended ? stay(guest) : boots();
    case 'failed':
      return standing.condition === 'running' ? boots() : stay(guest);
    case 'unmonitored':
      return judgeBootLoop(policy, stay(unheard), atMs);
    case 'confirming':
      if (standing.charge.kind === 'paused') return stay(unheard);
      if (standing.charge.kind === 'panicked')
        return onRunning(policy, counted, {
          by: 'event',
          words: 'reboot',
          isNewLife: false,
          domainId: null,
          atMs,
          wallAtMs,
        });
      return judgeBootLoop(policy, boots(), atMs);
    case 'unknown':
    case 'unproven':
    case 'alive':
    case 'suspect':
    case 'held':
      return judgeBootLoop(policy, boots(), atMs);
  }
}

/** Reboots that follow an incident are part of it, and no sign of a loop. */
function countReboot(policy: GuestPolicy, guest: GuestState, atMs: number): GuestState {
  const { incident } = guest;
  const explained = incident?.heardAgainAtMs === null && atMs - incident.filedAtMs <= policy.bootLoopWindowMs;
  const last = guest.reboots.at(-1);
  if (explained || (last !== undefined && atMs - last < rebootBurstMs)) return guest;
  const lately = guest.reboots.filter(rebootMs => atMs - rebootMs <= policy.bootLoopWindowMs);
  return { ...guest, reboots: [...lately, atMs].slice(-policy.bootLoopCount) };
}

function judgeBootLoop(policy: GuestPolicy, step: Step, atMs: number): Step {
  return andThen(step, guest => {
    const first = guest.reboots[0];
    if (first === undefined || guest.reboots.length < policy.bootLoopCount) return stay(guest);
    const value = `${guest.reboots.length} reboots in ${Math.round((atMs - first) / 1000)} s`;
    const failed = convict(
      policy,
      { ...guest, reboots: [] },
      {
        rule: 'reboots-in-a-row',
        fault: 'boot-loop',
        handledBy: 'qemu',
        summary: sentences['reboots-in-a-row'],
        inputs: [{ signal: 'reboot', value, atMs }],
        leaves: 'running',
        ended: false,
        silent: false,
        faultAtMs: first,
        libvirtEvent: { event: 'REBOOT', virDomainEvent: 'UNKNOWN' },
      },
      atMs,
    );
    return andThen(failed, looping =>
      becomeRunning(looping, 'rebooted once more; not heard since', graceFrom(policy, atMs), atMs),
    );
  });
}
