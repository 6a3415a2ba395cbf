import type { GuestFault } from './fault.ts';

/** A guest's event as Masakari spells it. */
export type MasakariEvent = { event: string; vir_domain_event: string };

const panicked = { event: 'LIFECYCLE', vir_domain_event: 'CRASHED_PANICKED' };

/** How each of our faults is told in Masakari's words when no libvirt event decided. */
const spelling: Readonly<Record<GuestFault, MasakariEvent>> = {
  'qemu-failed': { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' },
  panicked,
  'watchdog-reset': { event: 'WATCHDOG', vir_domain_event: 'WATCHDOG_RESET' },
  'watchdog-stopped': { event: 'WATCHDOG', vir_domain_event: 'WATCHDOG_POWEROFF' },
  'watchdog-paused': { event: 'WATCHDOG', vir_domain_event: 'WATCHDOG_PAUSE' },
  'io-error': { event: 'IO_ERROR', vir_domain_event: 'IO_ERROR_REPORT' },
  'hypervisor-error': { event: 'LIFECYCLE', vir_domain_event: 'SUSPENDED_API_ERROR' },
  'heartbeat-lost': { event: 'QEMU_GUEST_AGENT_ERROR', vir_domain_event: 'STOPPED_FAILED' },
  'agent-lost': { event: 'QEMU_GUEST_AGENT_ERROR', vir_domain_event: 'STOPPED_FAILED' },
  'boot-loop': { event: 'REBOOT', vir_domain_event: 'UNKNOWN' },
  'found-dead': { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' },
};

export const spellFault = (fault: GuestFault): MasakariEvent => spelling[fault];

/**
 * The events on which Masakari's engine acts, as our faults. All others are no failure to it: its monitors also send
 * every ordinary stop and reboot. Source: masakari/engine/manager.py and instance_events.py at ae98f25.
 */
export function actionableFault({ event, vir_domain_event: detail }: MasakariEvent): GuestFault | undefined {
  if (event === 'LIFECYCLE' && detail === 'STOPPED_FAILED') return 'qemu-failed';
  if (event === 'IO_ERROR' && detail === 'IO_ERROR_REPORT') return 'io-error';
  if (event === 'QEMU_GUEST_AGENT_ERROR' && detail === 'STOPPED_FAILED') return 'heartbeat-lost';
  return undefined;
}

const stopped = { event: 'LIFECYCLE', vir_domain_event: 'STOPPED_FAILED' };
const silent = { event: 'QEMU_GUEST_AGENT_ERROR', vir_domain_event: 'STOPPED_FAILED' };

/** What to say so that Masakari's engine acts, where its own word for the fault would be ignored: is QEMU gone, or not? */
const demand: Readonly<Record<GuestFault, MasakariEvent>> = {
  ...spelling,
  panicked: silent,
  'watchdog-reset': silent,
  'watchdog-stopped': stopped,
  'watchdog-paused': silent,
  'hypervisor-error': silent,
  'boot-loop': silent,
};

/** The event by which Masakari's engine restarts an instance with this fault: one that `actionableFault` knows. */
export const spellDemand = (fault: GuestFault): MasakariEvent => demand[fault];
