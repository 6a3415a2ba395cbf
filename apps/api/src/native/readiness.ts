import { loadPushed } from '@instance-ha/config';
import type { HostReadiness } from '@instance-ha/contracts';
import { configurationPath, type SegmentRecord } from '@instance-ha/ports';
import { hostReadiness, type ReadinessFacts } from '@instance-ha/recovery';
import type { ApiContext } from '../context.ts';
import { workerSilentAfterMs } from './workers.ts';

const limit = 1000;

/**
 * Whether each host of a segment would be recovered if it failed now, by the judgement of the recovery itself. What workers read
 * from files of their own is not known here: what is pushed to all of them stands for it, or the defaults.
 */
export async function readinessOf(
  { stores, clock }: Pick<ApiContext, 'stores' | 'clock'>,
  segment: SegmentRecord,
): Promise<HostReadiness[]> {
  const nowMs = clock.wallMs();
  const { failureWindowMs, ...policy } = await pushedPolicy(stores);
  const since = new Date(nowMs - failureWindowMs).toISOString();
  const [hosts, filed, pause, workers] = await Promise.all([
    stores.hosts.list({ segmentUuid: segment.uuid }, { limit }),
    stores.notifications.list({ type: 'COMPUTE_HOST', since }, { limit }),
    stores.pause.current(),
    stores.workers.list(),
  ]);
  const failed = new Set(
    filed.flatMap(({ host, payload }) =>
      payload.type === 'COMPUTE_HOST' && payload.event === 'STOPPED' && payload.hostStatus === 'NORMAL'
        ? [host]
        : [],
    ),
  );
  const pausedForMs = pause ? Math.max(0, Date.parse(pause.until) - nowMs) : null;
  const alive = workers.filter(({ lastSeenAt }) => nowMs - Date.parse(lastSeenAt) <= workerSilentAfterMs);
  return hosts.map(({ uuid, name, onMaintenance }) => {
    const others = hosts.filter(other => other.name !== name);
    const free = others.filter(other => !other.onMaintenance);
    const context: ReadinessFacts['context'] = {
      segment: {
        uuid: segment.uuid,
        name: segment.name,
        method: segment.recoveryMethod,
        enabled: segment.enabled,
      },
      onMaintenance,
      reservedHosts: free.filter(({ reserved }) => reserved).map(other => other.name),
      segmentHosts: free.filter(({ reserved }) => !reserved).map(other => other.name),
      failing: { failed: 1 + others.filter(other => failed.has(other.name)).length, of: hosts.length },
    };
    return { uuid, name, ...hostReadiness({ context, policy, pausedForMs, workers: alive }) };
  });
}

async function pushedPolicy({ configuration }: ApiContext['stores']) {
  const revision = await configuration.applied();
  const pushed = revision === undefined ? undefined : await configuration.get(null, revision);
  const layers = pushed ? [{ name: configurationPath(null), text: pushed.text }] : [];
  const loaded = loadPushed(layers);
  const known = loaded.ok ? loaded : loadPushed([]);
  if (!known.ok) throw new Error('the defaults of the options are not valid');
  const { failureRatio, failureWindowMs, autoReturn } = known.config.hostFailure;
  return { failureRatio, failureWindowMs, autoReturn };
}
