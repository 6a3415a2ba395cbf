import type { Config } from '@instance-ha/config';
import {
  type GatePolicy,
  type GuestPolicy,
  type Recording,
  type Replayed,
  replay,
} from '@instance-ha/guest-health';

/** How the guests of a host are judged, as a configuration sets it. */
export function guestPolicies({ monitor }: Pick<Config, 'monitor'>): {
  guest: GuestPolicy;
  gate: GatePolicy;
} {
  return {
    guest: {
      checkIntervalMs: monitor.checkIntervalMs,
      failureThreshold: monitor.failureThreshold,
      bootGraceMs: monitor.bootGraceMs,
      agentLostGraceMs: monitor.agentLostGraceMs,
      pauseConfirmMs: monitor.pauseConfirmMs,
      incidentWindowMs: monitor.incidentWindowMs,
      evidenceMaxAgeMs: monitor.evidenceMaxAgeMs,
      secondSign: monitor.secondSign,
      cpuStallMs: monitor.cpuStallMs,
      bootLoopCount: monitor.bootLoopCount,
      bootLoopWindowMs: monitor.bootLoopWindowMs,
    },
    gate: { hostSuspectRatio: monitor.hostSuspectRatio, hostSuspectMinGuests: monitor.hostSuspectMinGuests },
  };
}

/** One host whose configuration would change, with what was recorded there, the oldest first. */
export type RecordedHost = {
  host: string;
  before: Pick<Config, 'monitor'>;
  after: Pick<Config, 'monitor'>;
  recordings: readonly Recording[];
};

/** Whether another configuration judges guests otherwise at all. */
export const judgesOtherwise = (before: Pick<Config, 'monitor'>, after: Pick<Config, 'monitor'>): boolean =>
  JSON.stringify(guestPolicies(before)) !== JSON.stringify(guestPolicies(after));

/** A guest that would have been reported; `in`: by which of the two configurations. The first report of each guest. */
export type ToldGuest = Replayed & { host: string; in: 'before' | 'after' | 'both' };

/** What one configuration in the place of another would have done to what was recorded of a host. */
export function compareOnHost({ host, before, after, recordings }: RecordedHost): ToldGuest[] {
  const old = byGuest(replay(guestPolicies(before), recordings));
  const now = byGuest(replay(guestPolicies(after), recordings));
  const uuids = new Set([...old.keys(), ...now.keys()]);
  return [...uuids].flatMap(uuid => {
    const [was, is] = [old.get(uuid), now.get(uuid)];
    const told = is ?? was;
    return told ? [{ ...told, host, in: was && is ? 'both' : is ? 'after' : 'before' } as const] : [];
  });
}

function byGuest(reports: readonly Replayed[]): Map<string, Replayed> {
  const first = new Map<string, Replayed>();
  for (const report of reports) if (!first.has(report.instanceUuid)) first.set(report.instanceUuid, report);
  return first;
}

/** What recordings of hosts cannot tell, in plain sentences. */
export function blindSpots(hosts: readonly RecordedHost[]): string[] {
  const unrecorded = hosts.filter(({ recordings }) => recordings.length === 0).length;
  const dropped = hosts.reduce(
    (sum, { recordings }) => sum + recordings.reduce((inHost, one) => inHost + one.dropped, 0),
    0,
  );
  const otherInterval = hosts.some(
    ({ before, after }) => before.monitor.checkIntervalMs !== after.monitor.checkIntervalMs,
  );
  return [
    ...(unrecorded > 0
      ? [
          unrecorded === hosts.length
            ? 'Nothing was recorded on these hosts in the last day.'
            : `On ${unrecorded} of ${hosts.length} hosts nothing was recorded in the last day.`,
        ]
      : []),
    ...(otherInterval
      ? [
          'Guests were asked as often as instance_check_interval said then: what more or fewer questions would have heard is not known.',
        ]
      : []),
    ...(dropped > 0 ? [`${dropped} signals were too many to be recorded.`] : []),
  ];
}
