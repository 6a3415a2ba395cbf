import type { NovaAction, NovaServer } from '../nova/wire.ts';

/**
 * What Nova can give of a boot's identity.
 *
 * Nova counts no boots. It records each thing that was asked of a server (`os-instance-actions`), with the id of the request,
 * and refuses without a record what the server's state does not allow. So the id of the newest request that begins a boot
 * names the boot that runs now: `nova:req-…`. `OS-SRV-USG:launched_at` stands in where no such action is recorded; by itself
 * it is set at build, rebuild, evacuation, unshelve and resize and tells one restart from the next not at all
 * (`nova/compute/manager.py`).
 *
 * Not seen are boots that nobody asked Nova for: a guest that reboots itself, `virsh start`, and nova-compute that starts its
 * guests again when its host boots (`resume_guests_state_on_host_boot`).
 *
 * The kind before the colon keeps it from being compared with the life of another control, such as libvirt's domain id.
 */
export function lifeOf(server: NovaServer, actions: readonly NovaAction[]): string | null {
  const boot = actions.find(({ action }) => beginsBoot.has(action));
  if (boot) return lifeOfRequest(boot.requestId);
  return server.launchedAt === null ? null : `nova:launched/${server.launchedAt}`;
}

export const lifeOfRequest = (requestId: string): string => `nova:${requestId}`;

/** So many of the newest actions are read; a server that was e.g. snapshotted more often since its boot is known by `launched_at`. */
export const actionsRead = 200;

/** `nova/compute/instance_actions.py`: those after which another QEMU process runs, or another boot in the same one. */
const beginsBoot: ReadonlySet<string> = new Set([
  'create',
  'start',
  'reboot',
  'rebuild',
  'evacuate',
  'resize',
  'migrate',
  'revertResize',
  'resume',
  'rescue',
  'unrescue',
  'unshelve',
  'restore',
]);

/** When the boot that runs now was asked for, in UTC; undefined where no such action is recorded. */
export function bootedAtOf(actions: readonly NovaAction[]): string | undefined {
  const boot = actions.find(({ action }) => beginsBoot.has(action));
  return boot && (/(Z|[+-]\d\d:?\d\d)$/.test(boot.startTime) ? boot.startTime : `${boot.startTime}Z`);
}

/**
 * What somebody wished last for a server's power, by what is recorded; `unknown` where nothing is.
 *
 * Nova itself calls its stop API for a server whose domain is gone, as nobody: with no user (`_sync_instance_power_state`,
 * `nova/compute/manager.py`; a dead QEMU about 15 s after its end). That is no wish: a guest that was paused by somebody when its
 * QEMU died is still wished to stand still.
 */
export function wishOf(actions: readonly NovaAction[]): 'off' | 'paused' | 'on' | 'unknown' {
  for (const { action, userId } of actions) {
    if (action === 'stop' && userId !== null) return 'off';
    if (action === 'pause') return 'paused';
    if (action === 'unpause' || beginsBoot.has(action)) return 'on';
  }
  return 'unknown';
}

/** Whether a server that is stopped is so by nobody's wish. What cannot be told is left as it is. */
export function wasStoppedByNobody(actions: readonly NovaAction[]): boolean {
  const newest = actions.find(({ action }) => action === 'stop' || beginsBoot.has(action));
  return newest?.action === 'stop' && newest.userId === null && !['off', 'paused'].includes(wishOf(actions));
}
