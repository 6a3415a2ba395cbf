import type { HostContext, HostPolicy } from './context.ts';
import { judgeHost } from './gates.ts';
import { targetsOf } from './move.ts';

/** Whether the instances of a host would be evacuated if it were reported as failed now; `notes`: what else one should know. */
export type HostReadiness = { recovered: boolean; because: string; notes: string[] };

export type ReadinessFacts = {
  /** As for a recovery of this host, as if it had just been reported; nothing was ruled. */
  context: Pick<HostContext, 'segment' | 'onMaintenance' | 'reservedHosts' | 'segmentHosts' | 'failing'>;
  policy: Pick<HostPolicy, 'failureRatio' | 'autoReturn'>;
  /** For so long all recoveries are paused; null: they are not. */
  pausedForMs: number | null;
  /** Those that are alive. */
  workers: readonly { driver: 'libvirt' | 'nova'; mode: 'act' | 'observe' }[];
};

/** The judgement about the notification itself is the recovery's own. */
export function hostReadiness(facts: ReadinessFacts): HostReadiness {
  const context: HostContext = { ...facts.context, ruling: 'none', back: false };
  const payload = {
    type: 'COMPUTE_HOST',
    event: 'STOPPED',
    hostStatus: 'NORMAL',
    clusterStatus: null,
  } as const;
  const verdict = judgeHost({ host: facts.policy }, payload, context, null);
  const no = (because: string): HostReadiness => ({ recovered: false, because, notes: [] });
  if (verdict.go === 'end' || verdict.go === 'hold') return no(verdict.why);

  const hands = facts.workers.filter(({ driver }) => driver === 'nova');
  if (facts.workers.length === 0) return no('no worker is alive');
  if (hands.length === 0)
    return no('no worker has hands on hosts: [worker] driver = nova is needed for that');
  const acting = hands.filter(({ mode }) => mode === 'act');
  if (acting.length === 0) return no('its workers only observe: [DEFAULT] mode = observe');
  if (facts.pausedForMs !== null)
    return no(`all recoveries are paused, for ${Math.ceil(facts.pausedForMs / 60_000)} min more`);
  const [first] = targetsOf(context, 0);
  if (first === undefined) return no('its segment uses reserved hosts only, and none is free');

  const notes = [
    ...(acting.length < hands.length
      ? [`${hands.length - acting.length} of ${hands.length} workers only observe: one that does may take it`]
      : []),
    ...(first === null ? ['no other host of its segment is free: its instances go where Nova chooses'] : []),
    ...(context.failing.failed > 1
      ? [`${context.failing.failed - 1} more of its segment failed lately`]
      : []),
  ];
  return { recovered: true, because: whither(context, first), notes };
}

function whither({ reservedHosts, segmentHosts }: HostContext, first: string | null): string {
  if (first === null) return 'its instances would be evacuated';
  const among = reservedHosts.includes(first) ? reservedHosts : segmentHosts;
  const what = among === reservedHosts ? 'the reserved' : 'the other hosts of its segment';
  const named =
    among.length > 3 ? `${among.slice(0, 3).join(', ')} and ${among.length - 3} more` : among.join(', ');
  return `its instances would be evacuated to ${what}: ${named}`;
}
