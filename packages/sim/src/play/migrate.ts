import {
  DomainState,
  LifecycleEvent,
  PausedReason,
  ShutoffReason,
  StartedDetail,
  StoppedDetail,
} from '@instance-ha/libvirt-rpc';
import type { GuestTruth } from '../world/guest-truth.ts';
import type { VirtualHost } from '../world/virtual-host.ts';
import { DoesNotApply, type World } from '../world/world.ts';

/** A live migration from one host to another, in one moment. */
export function migrate(world: World, name: string, to: string): void {
  const { host, truth } = world.guest(name);
  const target = targetOf(world, host, name, to);
  if (truth.condition() !== 'well') throw new DoesNotApply(`${name} is ${truth.condition()}`);
  const arrived = target.add(world.specOf(name), { off: true });
  target.inflict(arrived, 'migrate-in');
  host.inflict(truth, 'migrate-out');
}

/** A live migration begins: the target has started, paused, and waits for the guest, which still runs at its source. */
export function beginMigration(world: World, name: string, to: string): void {
  const { host, truth } = world.guest(name);
  const target = targetOf(world, host, name, to);
  if (truth.condition() !== 'well') throw new DoesNotApply(`${name} is ${truth.condition()}`);
  const arriving = target.add({ ...world.specOf(name), persistent: false }, { off: true });
  target.command(() => {
    arriving.guest.started(nextId(target), DomainState.PAUSED, PausedReason.MIGRATION);
    tell(target, arriving, LifecycleEvent.STARTED, StartedDetail.MIGRATED);
  });
}

/** The guest's QEMU dies at its source while it migrates. */
export function breakMigration(world: World, name: string): void {
  const waiting = waitingTargets(world).find(({ truth }) => truth.name === name);
  const sources = [...world.hosts.values()].filter(host => host !== waiting?.host);
  const source = sources.find(host => [...host.truths.values()].some(truth => isHere(host, truth, name)));
  const truth = source && [...source.truths.values()].find(one => isHere(source, one, name));
  if (!waiting || !source || !truth) throw new DoesNotApply(`${name} does not migrate`);
  world.note(truth, 'breaks');
  source.inflict(truth, 'qemu-killed');
  endTarget(waiting);
}

/** Every migration under way comes to nothing: the guests stay where they are. */
export function cancelMigrations(world: World): void {
  for (const waiting of waitingTargets(world)) endTarget(waiting);
}

const isHere = (host: VirtualHost, truth: GuestTruth, name: string): boolean =>
  truth.name === name && host.has(truth) && truth.guest.active;

const waitingTargets = (world: World): { host: VirtualHost; truth: GuestTruth }[] =>
  [...world.hosts.values()].flatMap(host =>
    [...host.truths.values()]
      .filter(truth => host.has(truth) && truth.guest.state === DomainState.PAUSED)
      .filter(truth => truth.guest.reason === PausedReason.MIGRATION)
      .map(truth => ({ host, truth })),
  );

/** libvirt ends a target whose guest does not come as failed. */
function endTarget({ host, truth }: { host: VirtualHost; truth: GuestTruth }): void {
  host.command(() => {
    truth.guest.stopped(ShutoffReason.FAILED);
    tell(host, truth, LifecycleEvent.STOPPED, StoppedDetail.FAILED);
    host.libvirtd.removeGuest(truth.guest.uuid);
  });
}

function targetOf(world: World, source: VirtualHost, name: string, to: string): VirtualHost {
  const target = world.host(to);
  if (target === source) throw new DoesNotApply(`it is on ${to}`);
  if ([...target.truths.values()].some(truth => truth.name === name && target.has(truth)))
    throw new DoesNotApply(`${name} is known on ${to} already`);
  if (source.libvirtdIs !== 'up' || target.libvirtdIs !== 'up')
    throw new DoesNotApply(`nothing can migrate from ${source.name} to ${to}`);
  return target;
}

const tell = (host: VirtualHost, { guest }: GuestTruth, event: number, detail: number): void =>
  host.libvirtd.emit({ type: 'lifecycle', domain: guest.ref, event, detail });

const nextId = (host: VirtualHost): number =>
  1 + Math.max(0, ...[...host.libvirtd.guests.values()].map(guest => guest.id));
