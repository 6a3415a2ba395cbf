import { z } from 'zod';

/**
 * What makes an incident one incident, whoever reports it and however often: the host, the thing that failed there,
 * the life (boot) in which it failed and the number of the failure within that life. The database keeps it unique.
 */
export type Incident =
  | { type: 'COMPUTE_INSTANCE'; host: string; instanceUuid: string; boot: string; sequence: number }
  | { type: 'COMPUTE_HOST'; host: string; window: string }
  | { type: 'COMPUTE_PROCESS'; host: string; processName: string; window: string };

/** The key as it is stored and sent: printable ASCII, at most 600 characters. */
export const IncidentKey = z
  .string()
  .min(1)
  .max(600)
  .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');
export type IncidentKey = z.infer<typeof IncidentKey>;

/** Equal incidents have equal keys, different ones different keys: each part is escaped, so none can imitate `/`. */
export function incidentKey(incident: Incident): IncidentKey {
  switch (incident.type) {
    case 'COMPUTE_INSTANCE':
      return join('instance', incident.host, incident.instanceUuid, incident.boot, String(incident.sequence));
    case 'COMPUTE_HOST':
      return join('host', incident.host, incident.window);
    case 'COMPUTE_PROCESS':
      return join('process', incident.host, incident.processName, incident.window);
  }
}

const join = (...parts: string[]): string => parts.map(part => encodeURIComponent(part)).join('/');
