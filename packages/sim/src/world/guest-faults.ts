import { DomainState, PausedReason } from '@instance-ha/libvirt-rpc';
import type { GuestScript } from '@instance-ha/libvirt-rpc/fake-server';
import type { GuestTruth, Meaning } from './guest-truth.ts';

type Doing = {
  means: Meaning | ((truth: GuestTruth) => Meaning);
  /** Whether it can befall the guest as it is. */
  fits: (truth: GuestTruth) => boolean;
  /** Somebody asks libvirt for it, or only a libvirtd that watches can tell it from a crash. */
  byLibvirt?: true;
};

/** Of a QEMU that stands still nothing comes any more. The fake daemon's pending `destroy` of one would meet its next life. */
const moves = ({ guest }: GuestTruth): boolean => !guest.monitor.stuck;
const runs = (truth: GuestTruth): boolean =>
  truth.guest.state === DomainState.RUNNING && moves(truth) && truth.condition() !== 'wished-off';
const isOn = ({ guest }: GuestTruth): boolean => guest.active;
const isOff = (truth: GuestTruth): boolean => !isOn(truth);
/** Its kernel runs and has booted. */
const obeys = (truth: GuestTruth): boolean => truth.condition() === 'well';
const boots = (truth: GuestTruth): boolean => truth.condition() === 'booting' && moves(truth);
/** Its watchdog device is armed: the guest has booted, or hangs since. */
const armed = (truth: GuestTruth): boolean => runs(truth) && !boots(truth);
const hangs = ({ guest }: GuestTruth): boolean => guest.agent.behaviour === 'hung';

const onPanic = ({ guest }: GuestTruth): Meaning =>
  guest.spec.onCrash === 'restart' ? 'breaks-for-a-moment' : 'breaks';

/** Everything that can befall one guest: what it means for the truth, and when it can happen at all. */
export const guestDoings: Readonly<Record<GuestScript, Doing>> = {
  panic: { means: onPanic, fits: obeys },
  'panic-silent': { means: 'breaks', fits: obeys },
  'panic-reboot': { means: 'breaks-for-a-moment', fits: obeys },
  'watchdog-reset': { means: 'breaks-for-a-moment', fits: armed },
  'watchdog-poweroff': { means: 'breaks', fits: armed },
  'watchdog-pause': { means: 'breaks', fits: armed },
  'watchdog-dump': { means: 'nothing', fits: armed },
  'watchdog-shutdown': { means: 'nothing', fits: armed },
  'watchdog-inject-nmi': { means: 'nothing', fits: armed },
  'io-error': { means: 'breaks', fits: runs },
  'io-error-report': { means: 'nothing', fits: runs },
  'agent-killed': { means: 'breaks', fits: obeys },
  'agent-started': {
    means: 'heals-audibly',
    fits: truth =>
      truth.condition() === 'hung' && truth.guest.agent.behaviour === 'not-connected' && moves(truth),
  },
  'agent-frozen': { means: 'breaks', fits: obeys },
  'agent-thawed': {
    means: 'heals',
    fits: truth => runs(truth) && hangs(truth) && !truth.guest.monitor.stuck,
  },
  'fork-bomb': { means: 'breaks', fits: obeys },
  'fork-bomb-hard': { means: 'breaks', fits: obeys },
  'cpu-busy': { means: 'nothing', fits: obeys },
  'qemu-stopped': { means: 'breaks', fits: obeys },
  'qemu-continued': { means: 'heals', fits: ({ guest }) => guest.monitor.stuck },
  'qemu-killed': { means: 'breaks', fits: truth => isOn(truth) && moves(truth) },
  'qemu-terminated': {
    means: 'wished-off',
    fits: truth => isOn(truth) && moves(truth),
    byLibvirt: true,
  },
  'guest-poweroff': { means: 'wished-off', fits: obeys, byLibvirt: true },
  'guest-reboot': { means: 'reboots', fits: truth => runs(truth) && (obeys(truth) || boots(truth)) },
  'managed-save': { means: 'wished-off', fits: obeys, byLibvirt: true },
  'managed-restore': { means: 'wished-on', fits: isOff, byLibvirt: true },
  'migrate-out': { means: 'wished-off', fits: obeys, byLibvirt: true },
  'migrate-in': { means: 'wished-on', fits: isOff, byLibvirt: true },
  'control-error': { means: 'nothing', fits: isOn },
  start: { means: 'wished-on', fits: isOff, byLibvirt: true },
  destroy: { means: 'wished-off', fits: isOn, byLibvirt: true },
  suspend: { means: 'wished-paused', fits: obeys, byLibvirt: true },
  resume: {
    means: 'resumes',
    fits: ({ guest }) => guest.state === DomainState.PAUSED && guest.reason !== PausedReason.MIGRATION,
    byLibvirt: true,
  },
  reset: { means: 'reboots', fits: runs, byLibvirt: true },
  shutdown: { means: 'wished-off', fits: obeys, byLibvirt: true },
};

export const isGuestScript = (word: string): word is GuestScript => Object.hasOwn(guestDoings, word);

export const meaningOf = (script: GuestScript, truth: GuestTruth): Meaning => {
  const { means } = guestDoings[script];
  return typeof means === 'function' ? means(truth) : means;
};
