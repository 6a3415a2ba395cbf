import type { GuestPhase, ReportedGuest } from '@instance-ha/contracts';
import type { Stage } from './stage.ts';
import { crashOf, workThrough } from './stories.ts';

const hourMs = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();

/** A day in the life of a small cloud, for the pictures of the docs. */
export async function stageADay(stage: Stage): Promise<{ finished: string; host: string }> {
  await reportGuests(stage);
  await makeSegment(stage);
  await rollOut(stage);
  const { v2 } = stage.client();
  const nowMs = Date.now();
  for (const [name, host, hoursAgo, fault] of [
    ['mail-2', 'compute-03', 21, 'qemu-failed'],
    ['ci-runner-7', 'compute-02', 17, 'panicked'],
    ['ci-runner-7', 'compute-02', 16.6, 'panicked'],
    ['db-replica-1', 'compute-01', 9, 'heartbeat-lost'],
    ['web-3', 'compute-01', 4.2, 'panicked'],
  ] as const)
    await v2.notifications.create({ body: crashOf(name, { host, fault, atMs: nowMs - hoursAgo * hourMs }) });
  await workThrough(stage, { status: 'finished', message: 'restarted, and heard again' }, 4);
  await workThrough(
    stage,
    { status: 'failed', message: 'restarted twice, and not heard within 5 min: out of budget' },
    1,
  );
  await letTimePass(stage);
  await rememberTheDay(stage);
  const host = await failHost(stage);
  await holdHost(stage);
  const crash = crashOf('web-1', { host: 'compute-01', atMs: Date.now() - 50 });
  const { body } = await v2.notifications.create({ body: crash });
  await workThrough(stage, { status: 'finished', message: 'restarted, and heard again' }, 1);
  await stage.sql(
    `update notification set ended_at = accepted_at + interval '3289 milliseconds' where instance_name = 'web-1'`,
  );
  await v2.notifications.create({
    body: crashOf('build "nightly" <b>&amp;', { host: 'compute-02', fault: 'heartbeat-lost' }),
  });
  return { finished: body.notification.uuid, host };
}

/** What was filed of hours ago was stored, worked on and ended then. */
const letTimePass = (stage: Stage): Promise<void> =>
  stage.sql(`
    update notification set
      accepted_at = detected_at + interval '60 milliseconds',
      updated_at = detected_at + (updated_at - accepted_at) + interval '3500 milliseconds',
      ended_at = detected_at + interval '3349 milliseconds' * (1 + id / 2.0)`);

/** Another host of the rack, at the same time: rather a switch than a host. */
async function holdHost(stage: Stage): Promise<void> {
  const at = iso(Date.now() - 4000);
  await stage.client().v2.notifications.create({
    body: {
      incidentKey: 'host/compute-05/1',
      host: 'compute-05',
      faultAt: at,
      detectedAt: at,
      payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'NORMAL', clusterStatus: 'OFFLINE' },
      evidence: null,
    },
  });
  const [claim] = await stage.stores.recoveries.claim({ worker: 'worker-a', leaseMs: hourMs, limit: 1 });
  const held = '3 of 5 hosts of segment rack-7 fail at once: held until an operator approves or rejects it';
  if (claim)
    await stage.stores.recoveries.append(claim, [{ type: 'tick', atMs: 30 }], { held, message: held });
}

/** A sample a minute, with the trouble of the night in it; and what a monitor recorded. */
async function rememberTheDay(stage: Stage): Promise<void> {
  await stage.sql('delete from trend');
  await stage.sql(`
    insert into trend (at, guests, unheard)
    select at, json_build_object('alive', 9 + (m / 300) - bad, 'unmonitored', 2, 'stopped', 1 + (m / 700) % 2,
      'suspect', bad, 'failed', case when m % 531 < 4 then 1 else 0 end), 0
    from (select m, date_trunc('minute', now()) - (1439 - m) * interval '1 minute' as at,
        case when m between 420 and 440 then 4 when m % 531 < 9 then 1 else 0 end as bad
      from generate_series(0, 1438) m) day on conflict do nothing`);
  const toAt = Date.now() - 60_000;
  const fromAt = toAt - 20 * hourMs;
  const of = guest('alive', 13).instanceUuid;
  const ping = (outcome: 'answered' | 'no-answer', seconds: number) =>
    ({
      of,
      type: 'ping',
      outcome,
      detail: null,
      askedAtMs: fromAt + seconds * 1000 - 900,
      atMs: fromAt + seconds * 1000,
    }) as const;
  await stage.stores.recordings.keep('compute-01', {
    fromAt,
    toAt,
    heard: 0,
    guests: [],
    signals: [
      { of, type: 'profile', name: 'ci-runner-2', profile: agentProfile, atMs: fromAt + 500 },
      {
        of,
        type: 'state',
        state: 'running',
        reason: 'booted',
        domainId: 4,
        cpuTimeNs: null,
        atMs: fromAt + 600,
      },
      ping('answered', 2),
      ping('no-answer', 32),
      ping('no-answer', 62),
      ping('no-answer', 92),
      ping('answered', 122),
    ],
    dropped: 0,
  });
}

const agentProfile = {
  agentChannel: true,
  onCrash: 'destroy',
  panicDevice: true,
  watchdog: null,
  persistent: true,
} as const;

async function failHost(stage: Stage): Promise<string> {
  const at = iso(Date.now() - 5000);
  const { v2 } = stage.client();
  const { body } = await v2.notifications.create({
    body: {
      incidentKey: 'host/compute-04/1',
      host: 'compute-04',
      faultAt: at,
      detectedAt: at,
      payload: { type: 'COMPUTE_HOST', event: 'STOPPED', hostStatus: 'UNKNOWN', clusterStatus: 'OFFLINE' },
      evidence: null,
    },
  });
  const { uuid } = body.notification;
  const [claim] = await stage.stores.recoveries.claim({ worker: 'worker-a', leaseMs: 30_000, limit: 1 });
  if (claim)
    await stage.stores.recoveries.append(
      claim,
      [
        {
          type: 'begun',
          atMs: 14,
          subject: {
            notificationUuid: uuid,
            incidentKey: 'host/compute-04/1',
            host: 'compute-04',
            payload: body.notification.payload,
          },
          policy: {},
        },
        { type: 'host-act-begun', atMs: 40, act: 'disable', host: 'compute-04', attempt: 1 },
        {
          type: 'host-act-ended',
          atMs: 410,
          act: 'disable',
          host: 'compute-04',
          outcome: 'done',
          detail: 'compute service disabled',
        },
      ],
      { message: 'evacuating: 3 of 6 brought back' },
    );
  const names = ['erp-1', 'erp-2', 'ldap-1', 'proxy-1', 'wiki', 'games'];
  const planned = await stage.stores.vmoves.plan(
    uuid,
    names.map((instanceName, index) => ({
      instanceUuid: `${String(index + 1).padStart(8, '0')}-4d5e-4f60-8a7b-c0ffee000000`,
      instanceName,
      sourceHost: 'compute-04',
      type: 'evacuation' as const,
      status: 'pending' as const,
    })),
  );
  const statuses = ['succeeded', 'succeeded', 'succeeded', 'failed', 'ongoing', 'pending'] as const;
  for (const [index, move] of (planned ?? []).entries()) {
    const status = statuses[index] ?? 'pending';
    if (status === 'pending') continue;
    await stage.stores.vmoves.update(move.uuid, {
      status,
      startTime: iso(Date.now() - 80_000 + index * 2000),
      ...(status === 'ongoing' ? {} : { endTime: iso(Date.now() - 60_000 + index * 5000) }),
      ...(status === 'failed'
        ? { message: 'No valid host was found' }
        : { destHost: `compute-0${(index % 3) + 1}` }),
    });
  }
  return uuid;
}

const firstText = `# Pushed to every host by Operations → Reconfigure.
[DEFAULT]
instance_check_interval = 30

[instance_failure]
recover_instance_failure_method = auto
recover_ignoring_error_instances = False
`;

/** Two saves, and the second of them on its way: one host has it, one could not take it, one does not answer. */
async function rollOut(stage: Stage): Promise<void> {
  const { configuration, operations } = stage.client().v2;
  const params = { file: 'instance-ha.conf' } as const;
  const save = (text: string, etag: string, comment: string) =>
    configuration.save({ params, headers: { 'if-match': etag }, body: { text, comment } });
  const first = await save(firstText, '"0"', 'as the hosts have it');
  const text = firstText.replace('= 30', '= 5');
  const second = await save(text, first.body.etag, 'notice hangs sooner');
  const { revision } = second.body;
  await save(
    `${text}\n[monitor]\nfailure_threshold = 4\n`,
    second.body.etag,
    'one more chance for the runners',
  );
  const report = (
    host: string,
    told: { running: number; state: 'applied' | 'failed'; error: string | null },
  ) =>
    configuration.running({
      params: { host },
      body: { service: 'monitor', name: host, version: '0.1.0', wanted: revision, ...told },
    });
  for (const host of ['compute-01', 'compute-02', 'compute-03'])
    await configuration.wanted({
      params: { host },
      query: { service: 'monitor', name: host, version: '0.1.0', waitMs: 0 },
    });
  await operations.create({
    body: {
      kind: 'reconfigure',
      revision,
      onFailure: 'go-on',
      answerWithinMs: hourMs,
      comment: 'notice hangs sooner',
    },
  });
  await report('compute-01', { running: revision, state: 'applied', error: null });
  await report('compute-02', {
    running: 0,
    state: 'failed',
    error: '/etc/xavs/instance-ha/instance-ha.conf:7: [libvirt] uri is set by the environment',
  });
}

async function makeSegment(stage: Stage): Promise<void> {
  const { v2 } = stage.client();
  const made = await v2.segments.create({
    body: { name: 'rack-7', description: 'Two power feeds, one switch', recoveryMethod: 'rh_priority' },
  });
  const segmentUuid = made.body.segment.uuid;
  await v2.segments.create({ body: { name: 'lab', enabled: false } });
  for (const [name, reserved, onMaintenance] of [
    ['compute-01', false, false],
    ['compute-02', false, false],
    ['compute-03', false, true],
    ['compute-04', false, false],
    ['standby-01', true, false],
  ] as const)
    await v2.hosts.create({
      body: {
        name,
        segmentUuid,
        reserved,
        onMaintenance,
        controlAttributes: JSON.stringify({ host: '10.20.0.1', username: 'ha', password: 'not-a-secret' }),
      },
    });
}

let reports = 0;

/** What monitors and workers tell every few seconds; one that has not told for long is shown as not heard. */
export async function reportGuests(stage: Stage): Promise<void> {
  reports += 1;
  const worker = {
    name: 'worker-a',
    host: 'control-1',
    version: '0.1.0',
    startedAt: iso(Date.now() - hourMs),
  };
  await stage.stores.workers.seen({ ...worker, driver: 'nova', mode: 'act', held: 1 });
  const phases: [string, GuestPhase[]][] = [
    ['compute-01', ['alive', 'alive', 'alive', 'alive', 'suspect', 'unmonitored']],
    ['compute-02', ['alive', 'alive', 'unproven', 'failed', 'stopped', 'unmonitored']],
    ['compute-03', ['alive', 'alive', 'alive']],
  ];
  for (const [place, [host, of]] of phases.entries()) {
    const blind = place === 2;
    await stage.client().v2.monitors.report({
      params: { host },
      body: {
        host,
        session: 's',
        sequence: reports,
        version: '0.1.0',
        startedAt: iso(Date.now() - 40 * hourMs),
        state: blind ? 'blind' : 'watching',
        cause: blind ? 'libvirtd does not answer: connect ECONNREFUSED' : null,
        mode: 'libvirt',
        checkIntervalMs: 30_000,
        gate: { suspect: false, silent: 0, heard: 5 },
        spoolDepth: 0,
        complete: true,
        guests: of.map((phase, index) => guest(phase, place * 10 + index)),
      },
    });
  }
}

const names = ['web', 'db', 'mail', 'ci-runner', 'cache', 'legacy'];
const why: Partial<Record<GuestPhase, string>> = {
  alive: 'answered when last asked',
  suspect: 'missed 1 of 3 pings',
  unmonitored: 'its domain has no agent channel',
  unproven: 'has not answered since it started',
  failed: 'missed 3 pings and uses no CPU',
  stopped: 'shut down from inside',
};

const guest = (phase: GuestPhase, number: number): ReportedGuest => ({
  instanceUuid: `${String(number).padStart(8, '0')}-1b2c-4d3e-9f40-aabbccddeeff`,
  instanceName: `${names[number % names.length]}-${Math.floor(number / 10) + 1}`,
  phase,
  why: why[phase] ?? phase,
  since: iso(Date.now() - (3 + number) * hourMs),
  lastBeatAt: phase === 'unmonitored' || phase === 'unproven' ? null : iso(Date.now() - 4000),
  misses: phase === 'suspect' ? 1 : 0,
  boot: '4',
  agentChannel: phase !== 'unmonitored',
  incidentKey: null,
  heardAgainAt: null,
  heardAgainBoot: null,
});
