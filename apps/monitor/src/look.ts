import type { Config } from '@instance-ha/config';
import type { GuestSignal } from '@instance-ha/guest-health';
import { createLibvirtProbe } from '@instance-ha/libvirt-probe';
import { connectLibvirt } from '@instance-ha/libvirt-rpc';
import type { GuestProbe, ProbeSignal } from '@instance-ha/ports';
import { systemClock } from '@instance-ha/runtime';
import type { Telemetry } from '@instance-ha/telemetry';

type Seen = {
  uuid: string;
  name: string;
  state: string;
  reason: string;
  agentChannel: boolean;
  heartbeat: string;
  detail: string | null;
};

/**
 * `--once`: looks at every guest once and prints what was seen. Files nothing and remembers nothing.
 *
 * Exit codes: 0 looked at everything · 1 the host could not be looked at.
 */
export async function look(options: {
  config: Config;
  telemetry: Telemetry;
  signal: AbortSignal;
  json: boolean;
  print: (text: string) => void;
  probe?: GuestProbe;
}): Promise<0 | 1> {
  const { config, telemetry, json, print } = options;
  const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(lookDeadlineMs)]);
  const probe =
    options.probe ??
    createLibvirtProbe({
      connect: (_purpose, { signal }) => connectLibvirt({ uri: config.libvirt.connectionUri, signal }),
      clock: systemClock,
      log: telemetry.log,
      metrics: telemetry.metrics,
      maxPingsInFlight: config.monitor.maxPingsInFlight,
    });
  try {
    const found = await sightings(probe, deadline);
    if (typeof found === 'string') {
      telemetry.log.fatal(
        { libvirt: config.libvirt.connectionUri, why: found },
        'the host could not be looked at',
      );
      return 1;
    }
    const guests = await Promise.all(
      found.map(guest => ask(probe, guest, config.monitor.pingTimeoutMs, deadline)),
    );
    print(json ? `${JSON.stringify({ host: config.general.host, guests }, undefined, 2)}\n` : table(guests));
    return 0;
  } finally {
    await probe.close();
  }
}

const lookDeadlineMs = 60_000;

type Found = {
  uuid: string;
  name: string;
  agentChannel: boolean;
  state: Extract<GuestSignal, { type: 'state' }>;
};

/** Profiles come with the signals, states with the listing; or why the host is not to be seen. */
async function sightings(probe: GuestProbe, signal: AbortSignal): Promise<Found[] | string> {
  const enough = new AbortController();
  const profiles = new Map<string, Extract<GuestSignal, { type: 'profile' }>>();
  let blind: string | undefined;
  const watching = (async () => {
    for await (const seen of probe.signals(AbortSignal.any([signal, enough.signal]))) {
      blind = note(seen, profiles) ?? blind;
      if (blind !== undefined) return;
    }
  })();
  try {
    for (;;) {
      const listing = await probe.list({ signal });
      if (blind !== undefined) return blind;
      if (listing.listed && listing.guests.every(guest => profiles.has(guest.instanceUuid))) {
        return listing.guests.map(({ instanceUuid, signal: state }) => {
          const profile = profiles.get(instanceUuid);
          return {
            uuid: instanceUuid,
            name: profile?.name ?? '',
            agentChannel: profile?.profile.agentChannel ?? false,
            state,
          };
        });
      }
      if (signal.aborted)
        return listing.listed ? 'the definitions of the guests could not be read in time' : listing.cause;
      await systemClock.sleep(100, signal).catch(() => {});
    }
  } finally {
    enough.abort();
    await watching;
  }
}

function note(
  seen: ProbeSignal,
  profiles: Map<string, Extract<GuestSignal, { type: 'profile' }>>,
): string | undefined {
  if (seen.signal.type === 'blind') return seen.signal.cause;
  if ('instanceUuid' in seen && seen.signal.type === 'profile') profiles.set(seen.instanceUuid, seen.signal);
  return undefined;
}

async function ask(probe: GuestProbe, guest: Found, timeoutMs: number, signal: AbortSignal): Promise<Seen> {
  const { uuid, name, agentChannel, state } = guest;
  const seen = { uuid, name, state: state.state, reason: state.reason, agentChannel };
  if (state.state !== 'running') return { ...seen, heartbeat: 'not asked', detail: 'the guest does not run' };
  if (!agentChannel) return { ...seen, heartbeat: 'unmonitored', detail: 'the guest has no agent channel' };
  const ping = await probe.ask(uuid, { timeoutMs, signal });
  return { ...seen, heartbeat: ping.outcome, detail: ping.detail };
}

function table(guests: Seen[]): string {
  if (guests.length === 0) return 'no guests on this host\n';
  const rows = [
    ['NAME', 'UUID', 'STATE', 'HEARTBEAT', 'DETAIL'],
    ...guests.map(g => [g.name, g.uuid, `${g.state} (${g.reason})`, g.heartbeat, g.detail ?? '']),
  ];
  const widths = [0, 1, 2, 3, 4].map(column => Math.max(...rows.map(row => row[column]?.length ?? 0)));
  return rows
    .map(
      row =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
