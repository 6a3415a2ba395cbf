import type { MasakariFiled, MasakariNotification, Microversion } from '@instance-ha/contracts';
import {
  actionableFault,
  type NotificationPayload,
  NotificationPayloadSchema,
  type NotificationType,
  toMasakariPayload,
  toMasakariTime,
  toMasakariType,
} from '@instance-ha/notification';
import type { NotificationSummary } from '@instance-ha/ports';
import { hostUuid } from './name-uuid.ts';

/** What a filed notification means in our words; `ignored`: an event that is no failure; `invalid`: nothing sound. */
export type Meaning =
  | { kind: 'failure'; payload: NotificationPayload; generatedAt: string }
  | { kind: 'ignored'; type: NotificationType; message: string; generatedAt: string }
  | { kind: 'invalid'; message: string };

export function understand(filed: MasakariFiled): Meaning {
  const generatedMs = parseMasakariTime(filed.generated_time);
  if (generatedMs === undefined)
    return {
      kind: 'invalid',
      message: `Invalid input for field/attribute generated_time. Value: ${filed.generated_time}. '${filed.generated_time}' is not a 'date-time'`,
    };
  const generatedAt = new Date(generatedMs).toISOString();
  const meant = payloadOf(filed, generatedAt);
  if ('message' in meant) return { kind: 'ignored', ...meant, generatedAt };
  const payload = NotificationPayloadSchema.safeParse(meant);
  if (payload.success) return { kind: 'failure', payload: payload.data, generatedAt };
  const [issue] = payload.error.issues;
  return { kind: 'invalid', message: `Invalid input for field/attribute payload. ${issue?.message}` };
}

function payloadOf(
  filed: MasakariFiled,
  generatedAt: string,
): NotificationPayload | { type: NotificationType; message: string } {
  switch (filed.type) {
    case 'COMPUTE_HOST': {
      const { event, host_status: hostStatus = null, cluster_status: clusterStatus = null } = filed.payload;
      return { type: 'COMPUTE_HOST', event, hostStatus, clusterStatus };
    }
    case 'PROCESS':
    case 'COMPUTE_PROCESS':
      return { type: 'COMPUTE_PROCESS', event: filed.payload.event, processName: filed.payload.process_name };
    case 'VM':
    case 'COMPUTE_INSTANCE': {
      const { instance_uuid: uuid, event, vir_domain_event: virDomainEvent } = filed.payload;
      const fault = actionableFault(filed.payload);
      if (!fault)
        return {
          type: 'COMPUTE_INSTANCE',
          message: `${event}/${virDomainEvent} is no failure of an instance`,
        };
      const instanceUuid = dashed(uuid);
      return {
        type: 'COMPUTE_INSTANCE',
        instanceUuid,
        instanceName: instanceUuid, // The sender does not tell it.
        fault,
        handledBy: 'none',
        hadHeartbeat: fault === 'heartbeat-lost',
        boot: `unknown@${generatedAt}`, // Nor which life of the instance failed.
        domainId: null,
        libvirtEvent: { event, virDomainEvent },
      };
    }
  }
}

/** A record as Masakari shows it, in the spelling of the microversion. */
export function show(record: NotificationSummary, version: Microversion): MasakariNotification {
  return {
    id: record.id,
    notification_uuid: record.uuid,
    generated_time: toMasakariTime(record.detectedAt),
    source_host_uuid: record.sourceHostUuid ?? hostUuid(record.host),
    type: spellType(record.type, version),
    payload: toMasakariPayload(record.payload),
    status: record.status,
    failover_segment_uuid: record.failoverSegmentUuid,
    message: record.message,
    ...(version.minor >= 4 ? namesOf(record) : {}),
    created_at: toMasakariTime(record.acceptedAt),
    updated_at: record.updatedAt === record.acceptedAt ? null : toMasakariTime(record.updatedAt),
    deleted_at: null,
    deleted: false,
  };
}

/** What Masakari leaves its readers to find out. */
const namesOf = (record: NotificationSummary) => ({
  hostname: record.host,
  instance_uuid: record.instanceUuid,
  instance_name: record.instanceName,
});

export const spellType = (type: NotificationType, version: Microversion): string =>
  version.minor >= 4 ? type : toMasakariType(type);

/** As oslo.utils reads it: no offset means UTC. Undefined for what is no moment between 2000 and 2199. */
export function parseMasakariTime(text: string): number | undefined {
  const iso = text.replace(' ', 'T').replace(/(\.\d{3})\d+/, '$1');
  const ms = Date.parse(
    /(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') : `${iso}Z`,
  );
  return ms >= Date.UTC(2000) && ms < Date.UTC(2200) ? ms : undefined;
}

function dashed(uuid: string): string {
  const hex = uuid.replaceAll('-', '').toLowerCase();
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
