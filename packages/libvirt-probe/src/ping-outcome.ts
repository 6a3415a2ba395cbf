import type { GuestSignal } from '@instance-ha/guest-health';
import { LibvirtError } from '@instance-ha/libvirt-rpc';

type Ping = Extract<GuestSignal, { type: 'ping' }>;
export type PingVerdict = Pick<Ping, 'outcome' | 'detail'>;

/** Every outcome a ping can have; labels the metric. */
export const pingOutcomes = [
  'answered',
  'no-answer',
  'not-connected',
  'not-configured',
  'could-not-look',
] as const satisfies readonly Ping['outcome'][];

/**
 * What a failed guest-ping says about the guest.
 *
 * | libvirt's answer                                                     | outcome          | because                                        |
 * | -------------------------------------------------------------------- | ---------------- | ---------------------------------------------- |
 * | 1 "unable to execute QEMU agent command …"; 113                      | `answered`       | the agent itself said so: it lives             |
 * | 86 "Guest agent not available for now", other 86; 112, 97            | `no-answer`      | it was asked and the time ran out              |
 * | 86 "QEMU guest agent is not connected"                               | `not-connected`  | nobody holds the guest's end of the channel    |
 * | 86 "Guest agent disappeared while executing command"                 | `not-connected`  | the channel closed meanwhile: reset, agent end |
 * | 1 "End of file from agent socket"                                    | `not-connected`  | QEMU went away meanwhile; its event tells      |
 * | 86 "QEMU guest agent is not available due to an error"               | `could-not-look` | libvirt's own end broke (see below)            |
 * | 74 "QEMU guest agent is not configured"                              | `not-configured` | no channel: silence means nothing              |
 * | 55 "domain is not running"                                           | `could-not-look` | the listing and the events tell                |
 * | 42 no such domain                                                    | `could-not-look` | the listing tells                              |
 * | 68 "cannot acquire state change lock", 87, 29, 38, 1 …, any other    | `could-not-look` | the guest was not asked                        |
 * | no reply, connection lost, too many calls, protocol                  | `could-not-look` | libvirtd, not the guest                        |
 *
 * "Due to an error" stays until the agent connects anew. It is set when libvirt could not parse what came out of the
 * channel (another client sent `guest-sync-delimited`, say), so the guest may be in the best of health.
 *
 * Only the words tell the meanings of 86 and 1 apart; libvirt `src/qemu/qemu_agent.c`, `src/qemu/qemu_domain.c:
 * qemuDomainAgentAvailable`. A daemon that speaks another language gets the weaker reading of each number.
 */
export function judgePingError(error: unknown): PingVerdict {
  if (!LibvirtError.isInstance(error)) throw error;
  const detail = error.libvirtMessage === undefined ? error.message : libvirtWords(error);
  switch (error.code) {
    case 'agent-error':
      return { outcome: 'answered', detail };
    case 'agent-not-configured':
      return { outcome: 'not-configured', detail };
    case 'agent-unresponsive':
      return { outcome: judgeUnresponsive(error.libvirtMessage ?? ''), detail };
    default:
      return { outcome: 'could-not-look', detail };
  }
}

function judgeUnresponsive(message: string): Ping['outcome'] {
  if (/due to an error/i.test(message)) return 'could-not-look';
  if (/not connected|disappeared|agent socket/i.test(message)) return 'not-connected';
  return 'no-answer';
}

const libvirtWords = ({ libvirtCode, libvirtMessage }: LibvirtError): string =>
  `${libvirtMessage} (libvirt error ${libvirtCode})`;
