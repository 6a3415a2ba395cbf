import {
  fromRecord,
  type GuestEffect,
  type GuestRule,
  guestRules,
  initialHost,
  viewHost,
} from '@instance-ha/guest-health';
import { guestFaults, incidentKey } from '@instance-ha/notification';
import type { FiledNotification } from '@instance-ha/ports';
import { ActionDuty } from './action-duty.ts';
import { Asking } from './asking.ts';
import { Filing } from './filing.ts';
import { ListingRounds } from './listing.ts';
import type { PatrolOptions } from './options.ts';
import { ProcessWatch } from './process-watch.ts';
import { RecordKeeping } from './record-keeping.ts';
import { Reporting } from './reporting.ts';
import { SignalRecording } from './signal-recording.ts';
import type { Telling } from './telling.ts';
import { Watch } from './watch.ts';

/**
 * Watches the guests of one host until `signal` aborts.
 *
 * Seven loops share one belief (`Watch`): signals come in, guests are asked, guests are listed, what was filed is
 * delivered, what is believed is reported and
 * kept on disk, what was seen is recorded. None waits for another, so a hung guest, an API that is away or a
 * slow disk delays its own loop only. Resolves when all have ended and everything seen is spooled and recorded.
 */
export async function runPatrol(options: PatrolOptions): Promise<void> {
  const { clock, policy, probe, log } = options;
  const filing = new Filing(options);
  const watch: Watch = new Watch({
    state: await remembered(options),
    clock,
    policy,
    onEffects: effects => {
      for (const effect of effects) carryOut(effect);
      const { suspect, held } = viewHost(watch.state).gate;
      count.suspect.set(suspect ? 1 : 0);
      count.held.set(held);
    },
    onSight: () => reporting.soon(),
    onSeen: (before, event, after) => recording.see(before, event, after),
  });
  const asking = new Asking(options, watch);
  const listing = new ListingRounds(options, watch);
  const reporting = new Reporting(options, watch);
  const records = new RecordKeeping(options, watch, filing);
  const recording = new SignalRecording(options, watch);
  const count = counters(options);

  function carryOut(effect: GuestEffect): void {
    switch (effect.type) {
      case 'notify':
        count.detections.add(1, { fault: effect.fault });
        count.verdicts.add(1, { rule: effect.evidence.rule as GuestRule });
        filing.file(notification(effect, options));
        reporting.soon();
        records.soon();
        break;
      case 'heartbeat-back':
        log.info(
          { guest: effect.instanceUuid, boot: effect.boot, incident: effect.sequence },
          'guest was heard again',
        );
        reporting.soon();
        records.soon();
        break;
      case 'host-gate':
        if (effect.suspect) count.gateClosed.add(1);
        log.warn(
          { suspect: effect.suspect, silent: effect.silent, heard: effect.heard, held: effect.held },
          'host gate moved',
        );
        reporting.soon();
        break;
      case 'ask':
        asking.now(effect.instanceUuid);
        break;
      case 'transition':
        log.info(
          { guest: effect.instanceUuid, from: effect.from, to: effect.to, why: effect.why },
          'guest changed',
        );
        if (effect.to === 'suspect' || effect.to === 'confirming') listing.soon();
        reporting.soon();
        records.soon();
        break;
    }
  }

  const signal = options.signal;
  const ended = new AbortController();
  const all = AbortSignal.any([signal, ended.signal]);
  const loops = [
    (async () => {
      for await (const seen of probe.signals(all)) watch.see(seen);
    })(),
    watch.wake(all),
    asking.run(all),
    listing.run(all),
    reporting.run(all),
    records.run(all),
    recording.run(all),
    // Whoever recovers it asks whether the guest was heard meanwhile: only a report made after the delivery can tell.
    filing.deliver(all, {
      recorded: () => records.settled(),
      onDelivered: () => reporting.soon(),
      standing: notification => standingOf(notification, watch, options),
    }),
    ...processLoops(options, filing, all),
  ];
  try {
    await Promise.all(loops);
    if (!signal.aborted) throw new Error('the probe ended its signals by itself');
  } finally {
    ended.abort();
    await Promise.allSettled(loops);
    await records.save();
  }
}

function processLoops(options: PatrolOptions, filing: Filing, signal: AbortSignal): Promise<void>[] {
  const { processes } = options;
  if (!processes) return [];
  const watching = new ProcessWatch(options, processes, filing).run(signal);
  return processes.source
    ? [watching, new ActionDuty(options, processes, processes.source).run(signal)]
    : [watching];
}

/** What the last monitor of this host knew; nothing of it is believed that cannot be read. */
async function remembered(options: PatrolOptions) {
  const { record, clock, log } = options;
  const saved = await record.load();
  if (saved === undefined) return initialHost();
  const { state, damaged } = fromRecord(saved, clock.monotonicMs(), clock.wallMs());
  for (const reason of damaged)
    log.warn(
      { reason },
      'a part of the record of guests could not be read: that guest has to prove itself again',
    );
  log.info({ guests: state.guests.size }, 'guests remembered from before the restart');
  return state;
}

function standingOf(
  notification: FiledNotification,
  watch: Watch,
  { telling, clock }: PatrolOptions,
): Telling {
  if (!telling) return { tell: 'now' };
  const { payload, faultAt } = notification;
  const known =
    payload.type === 'COMPUTE_INSTANCE'
      ? watch.guest(payload.instanceUuid)
      : { guest: undefined, seen: false };
  return telling(notification, { ...known, ageMs: Math.max(0, clock.wallMs() - Date.parse(faultAt)) });
}

function notification(
  effect: Extract<GuestEffect, { type: 'notify' }>,
  options: PatrolOptions,
): FiledNotification {
  const { host, clock } = options;
  const {
    instanceUuid,
    instanceName,
    fault,
    handledBy,
    hadHeartbeat,
    boot,
    sequence,
    domainId,
    libvirtEvent,
  } = effect;
  const wall = (atMs: number): string =>
    new Date(clock.wallMs() - (clock.monotonicMs() - atMs)).toISOString();
  return {
    incidentKey: incidentKey({ type: 'COMPUTE_INSTANCE', host, instanceUuid, boot, sequence }),
    host,
    faultAt: wall(effect.faultAtMs),
    detectedAt: wall(effect.atMs),
    payload: {
      type: 'COMPUTE_INSTANCE',
      instanceUuid,
      instanceName,
      fault,
      handledBy,
      hadHeartbeat,
      boot,
      domainId,
      libvirtEvent,
    },
    evidence: effect.evidence,
  };
}

function counters({ metrics }: PatrolOptions) {
  return {
    detections: metrics.counter({
      name: 'vmha_detections_total',
      help: 'Failures found on this host, by what befell the guest.',
      labels: { fault: guestFaults },
    }),
    verdicts: metrics.counter({
      name: 'vmha_verdicts_total',
      help: 'Failures found on this host, by the rule that found them.',
      labels: { rule: guestRules },
    }),
    suspect: metrics.gauge({
      name: 'vmha_host_suspect',
      help: '1 while so many guests are silent together that the host is suspected and not they.',
    }),
    held: metrics.gauge({
      name: 'vmha_guests_held',
      help: 'Guests whose failure is held back while the host is suspected.',
    }),
    gateClosed: metrics.counter({
      name: 'vmha_host_gate_closed_total',
      help: 'How often so many guests fell silent together that their failures were held and the host suspected.',
    }),
  };
}
