import { actionableFault, type MasakariEvent, spellDemand, spellFault } from './masakari-events.ts';
import type { InstancePayload, NotificationPayload } from './payload.ts';

/** The fields of a payload as Masakari has them on its wire: all text. */
export type MasakariPayload = Readonly<Record<string, string>>;

/** A payload as Masakari shows it: in its monitors' word for what befell the instance. */
export const toMasakariPayload = (payload: NotificationPayload): MasakariPayload =>
  inMasakarisFields(payload, told => toldEvent(told) ?? spellFault(told.fault));

/**
 * A payload as it is filed with a Masakari engine, which restarts an instance for three of its monitors' words only and
 * ignores a panic or a watchdog: where the word of the fault is none of the three, one that is.
 */
export const toMasakariDemand = (payload: NotificationPayload): MasakariPayload =>
  inMasakarisFields(payload, told => {
    const event = toldEvent(told);
    return event && actionableFault(event) ? event : spellDemand(told.fault);
  });

function toldEvent({ libvirtEvent }: InstancePayload): MasakariEvent | undefined {
  if (libvirtEvent === null) return undefined;
  return { event: libvirtEvent.event, vir_domain_event: libvirtEvent.virDomainEvent };
}

function inMasakarisFields(
  payload: NotificationPayload,
  eventOf: (payload: InstancePayload) => MasakariEvent,
): MasakariPayload {
  switch (payload.type) {
    case 'COMPUTE_INSTANCE':
      return { ...eventOf(payload), instance_uuid: payload.instanceUuid };
    case 'COMPUTE_HOST':
      return {
        event: payload.event,
        ...(payload.hostStatus === null ? {} : { host_status: payload.hostStatus }),
        ...(payload.clusterStatus === null ? {} : { cluster_status: payload.clusterStatus }),
      };
    case 'COMPUTE_PROCESS':
      return { event: payload.event, process_name: payload.processName };
  }
}
