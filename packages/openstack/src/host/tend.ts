import type { ActOutcome } from '@instance-ha/recovery';
import { callBounds, type Following, settled, show } from '../instance/follow.ts';
import { describe, holdsResources } from '../instance/sighting.ts';
import type { NovaServer } from '../nova/wire.ts';

/** `ref.host` counts for nothing here: the instance is tended wherever it is. */
export type Tending = Following;

export async function lock(tending: Tending, reason: string): Promise<ActOutcome> {
  const server = await show(tending);
  if (!server) return gone(tending);
  if (server.locked) return done(`is locked already: ${server.lockedReason ?? 'no reason was given'}`);
  await tending.nova.lockServer(server.id, reason, callBounds(tending.bounds));
  return done('is locked');
}

export async function resetState(tending: Tending, state: 'active' | 'error'): Promise<ActOutcome> {
  const server = await show(tending);
  if (!server) return gone(tending);
  if (server.vmState === state && server.taskState === null)
    return done(`is so already: ${describe(server)}`);
  await tending.nova.resetServerState(server.id, state, callBounds(tending.bounds));
  const now = await show(tending);
  if (!now) return gone(tending);
  return now.vmState === state && now.taskState === null
    ? done(`is ${describe(now)}`)
    : failed(`was reset and is ${describe(now)}`);
}

export async function restore(
  tending: Tending,
  wanted: { running: boolean | undefined; locked: boolean | undefined },
): Promise<ActOutcome> {
  const server = await show(tending);
  if (!server) return gone(tending);
  const powered = wanted.running === undefined ? server : await restorePower(tending, server, wanted.running);
  if ('outcome' in powered) return powered;
  if (powered === server && (wanted.locked === undefined || wanted.locked === server.locked))
    return done(`is so already: ${describe(server)}`);
  if (wanted.locked !== undefined && wanted.locked !== powered.locked) {
    const { nova, bounds } = tending;
    if (wanted.locked) await nova.lockServer(server.id, null, callBounds(bounds));
    else await nova.unlockServer(server.id, callBounds(bounds));
  }
  const now = await show(tending);
  if (!now) return gone(tending);
  const same = wanted.locked === undefined || now.locked === wanted.locked;
  return same ? done(`is ${describe(now)}`) : failed(`is still ${describe(now)}`);
}

async function restorePower(
  tending: Tending,
  server: NovaServer,
  running: boolean,
): Promise<NovaServer | ActOutcome> {
  const { nova, bounds } = tending;
  if (server.taskState !== null) return failed(`another operation holds it: ${describe(server)}`);
  if (isRunning(server) === running && server.vmState !== 'error') return server;
  if (running) {
    if (server.vmState === 'stopped') await nova.startServer(server.id, callBounds(bounds));
    else await nova.rebootServerHard(server.id, callBounds(bounds));
  } else {
    await nova.stopServer(server.id, callBounds(bounds));
  }
  const now = await settled(tending);
  if (!now) return gone(tending);
  const right = running ? now.vmState === 'active' && isRunning(now) : now.vmState === 'stopped';
  return right ? now : failed(`was ${running ? 'started' : 'stopped'} and is ${describe(now)}`);
}

const isRunning = (server: NovaServer): boolean =>
  server.vmState !== 'stopped' && (server.powerState === null || holdsResources(server));

const gone = ({ ref }: Tending): ActOutcome => ({
  outcome: 'refused',
  detail: `Nova has no server ${ref.instanceUuid}`,
});
const done = (detail: string): ActOutcome => ({ outcome: 'done', detail });
const failed = (detail: string): ActOutcome => ({ outcome: 'failed', detail });
