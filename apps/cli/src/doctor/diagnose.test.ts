import type {
  GuestRecord,
  Host,
  MonitorRecord,
  NotificationSummary,
  Segment,
  Vmove,
  WorkerRecord,
} from '@instance-ha/contracts';
import type { NovaService } from '@instance-ha/openstack';
import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import type { ApiFacts, CloudFacts, DoctorFacts, Told } from './facts.ts';
import { type Finding, type Level, worst } from './finding.ts';
import { report } from './report.ts';

const nowMs = Date.parse('2026-01-02T12:00:00.000Z');
const ago = (ms: number): string => new Date(nowMs - ms).toISOString();
const minute = 60_000;
const hour = 3_600_000;
const uuidOf = (n: number): string => `aaaaaaaa-0000-4000-8000-${String(n).padStart(12, '0')}`;
const fact = <T>(value: T): Told<T> => ({ ok: true, value });
const missing = (why = 'no answer'): { ok: false; why: string } => ({ ok: false, why });

const worker = (told: Partial<WorkerRecord> = {}): WorkerRecord => ({
  name: 'ctl1-17-abc',
  host: 'ctl1',
  version: '1.2.3',
  driver: 'nova',
  mode: 'act',
  startedAt: ago(hour),
  held: 0,
  lastSeenAt: ago(1000),
  silent: false,
  ...told,
});
const monitor = (told: Partial<MonitorRecord> = {}): MonitorRecord => ({
  host: 'node1',
  session: 's',
  version: '1.2.3',
  startedAt: ago(hour),
  state: 'watching',
  cause: null,
  mode: 'libvirt',
  checkIntervalMs: 30_000,
  gate: { suspect: false, silent: 0, heard: 3 },
  spoolDepth: 0,
  lastSeenAt: ago(1000),
  clockAheadMs: -12,
  guestsByPhase: { alive: 3 },
  silent: false,
  ...told,
});
const notification = (told: Partial<NotificationSummary> = {}): NotificationSummary => ({
  id: 1,
  uuid: uuidOf(1),
  incidentKey: 'instance/1' as NotificationSummary['incidentKey'],
  type: 'COMPUTE_INSTANCE',
  status: 'running',
  host: 'node1',
  sourceHostUuid: null,
  failoverSegmentUuid: null,
  instanceUuid: uuidOf(9),
  instanceName: 'web-1',
  faultAt: ago(minute),
  detectedAt: ago(minute),
  acceptedAt: ago(minute),
  updatedAt: ago(1000),
  endedAt: null,
  payload: {
    type: 'COMPUTE_INSTANCE',
    instanceUuid: uuidOf(9),
    instanceName: 'web-1',
    fault: 'qemu-failed',
    handledBy: 'none',
    hadHeartbeat: true,
    boot: '1',
    domainId: 1,
    libvirtEvent: { event: 'LIFECYCLE', virDomainEvent: 'STOPPED_FAILED' },
  },
  message: 'restarted, waiting to hear it',
  duplicates: 0,
  filedBy: 'monitor-node1',
  ...told,
});
const vmove = (told: Partial<Vmove> = {}): Vmove => ({
  id: 1,
  uuid: uuidOf(2),
  notificationUuid: uuidOf(1),
  instanceUuid: uuidOf(9),
  instanceName: 'web-1',
  sourceHost: 'node1',
  destHost: null,
  startTime: ago(hour),
  endTime: ago(hour),
  type: 'evacuation',
  status: 'failed',
  message: 'No valid host was found',
  createdAt: ago(hour),
  updatedAt: null,
  ...told,
});
const guest = (why: string, n: number): GuestRecord => ({
  instanceUuid: uuidOf(n),
  instanceName: `guest-${n}`,
  phase: 'unmonitored',
  why,
  since: ago(hour),
  lastBeatAt: null,
  misses: 0,
  boot: '1',
  agentChannel: false,
  incidentKey: null,
  heardAgainAt: null,
  heardAgainBoot: null,
  host: 'node1',
  reportedAt: ago(1000),
});
const segment = (told: Partial<Segment> = {}): Segment => ({
  id: 1,
  uuid: uuidOf(3),
  name: 'rack-7',
  description: null,
  serviceType: 'COMPUTE',
  recoveryMethod: 'auto',
  enabled: true,
  createdAt: ago(hour),
  updatedAt: null,
  ...told,
});
const host = (name: string, told: Partial<Host> = {}): Host => ({
  id: 1,
  uuid: uuidOf(4),
  name,
  segmentUuid: uuidOf(3),
  type: 'COMPUTE',
  reserved: false,
  onMaintenance: false,
  controlAttributes: '***',
  createdAt: ago(hour),
  updatedAt: null,
  ...told,
});
const service = (name: string, told: Partial<NovaService> = {}): NovaService => ({
  id: uuidOf(5),
  host: name,
  binary: 'nova-compute',
  up: true,
  enabled: true,
  disabledReason: null,
  forcedDown: false,
  updatedAt: null,
  ...told,
});

const soundApi: ApiFacts = {
  url: 'http://127.0.0.1:15868',
  version: fact('1.2.3'),
  readiness: fact({ ready: true, detail: 'the database answers' }),
  identity: fact({ name: 'admin', scope: 'admin', host: null }),
  pause: fact(null),
  workers: fact([worker()]),
  monitors: fact([monitor()]),
  open: fact([notification()]),
  failed: fact([]),
  failedMoves: fact([]),
  unmonitored: fact([]),
  segments: fact([segment()]),
  hosts: fact([host('node1')]),
};
const soundCloud: CloudFacts = {
  settings: fact({ authUrl: 'http://keystone:5000/v3' }),
  login: fact({ userId: 'u1' }),
  versions: fact({ min: '2.1', max: '2.93' }),
  services: fact([service('node1')]),
  listAllServers: fact({ allowed: true, detail: 'granted' }),
  updateServices: fact({ allowed: true, detail: 'granted' }),
};

function findings(told: { api?: Partial<ApiFacts>; cloud?: Partial<CloudFacts> | null }): Finding[] {
  const facts: DoctorFacts = {
    nowMs,
    cliVersion: '1.2.3',
    neededMicroversion: '2.80',
    api: { ...soundApi, ...told.api },
    cloud: told.cloud === null ? undefined : { ...soundCloud, ...told.cloud },
  };
  return diagnose(facts);
}

type Story = [
  name: string,
  told: Parameters<typeof findings>[0],
  expected: [level: Level, check: string, found: RegExp],
];

/** One thing that is wrong each, and the one line that must say so. */
const stories: Story[] = [
  [
    'an API that is not there',
    { api: { version: missing('GET /openapi.json could not reach http://127.0.0.1:15868: ECONNREFUSED') } },
    ['problem', 'api', /ECONNREFUSED/],
  ],
  ['an API of another version', { api: { version: fact('1.3.0') } }, ['warning', 'api', /version 1\.3\.0/]],
  [
    'a database that is away',
    { api: { readiness: missing('GET /readyz answered 503: the database does not answer') } },
    ['problem', 'database', /does not answer/],
  ],
  [
    'an API that is not ready',
    { api: { readiness: fact({ ready: false, detail: 'the service stops' }) } },
    ['problem', 'database', /the service stops/],
  ],
  [
    'a token nobody knows',
    { api: { identity: missing('GET /v2/whoami answered 401') } },
    ['problem', 'token', /401/],
  ],
  [
    "a monitor's token",
    { api: { identity: fact({ name: 'monitor-node1', scope: 'monitor', host: 'node1' }) } },
    ['problem', 'token', /see nothing/],
  ],
  [
    'a pause',
    {
      api: { pause: fact({ reason: 'storage upgrade', by: 'admin', from: ago(minute), until: ago(-hour) }) },
    },
    ['warning', 'pause', /paused by admin until 2026-01-02T13:00:00.000Z: storage upgrade/],
  ],
  [
    'a pause nobody can tell',
    { api: { pause: missing() } },
    ['warning', 'pause', /could not be asked: no answer/],
  ],
  ['no worker', { api: { workers: fact([]) } }, ['problem', 'workers', /none: nothing is recovered/]],
  [
    'workers that all died',
    { api: { workers: fact([worker({ silent: true })]) } },
    ['problem', 'workers', /none is alive, nothing is recovered; silent: ctl1-17-abc since/],
  ],
  [
    'one worker of two that died',
    { api: { workers: fact([worker(), worker({ name: 'ctl2-9-def', silent: true })]) } },
    ['warning', 'workers', /1 alive, 1 silent: ctl2-9-def since/],
  ],
  ['workers nobody can list', { api: { workers: missing() } }, ['warning', 'workers', /could not be asked/]],
  [
    'a worker that only watches',
    { api: { workers: fact([worker({ mode: 'observe' })]) } },
    ['warning', 'worker-mode', /1 of 1 decide and touch nothing: ctl1-17-abc/],
  ],
  [
    'an upgrade half way',
    { api: { workers: fact([worker({ version: '1.1.0' })]) } },
    ['warning', 'versions', /2 versions: 1\.2\.3 \(the API and 1 more\); 1\.1\.0 \(ctl1-17-abc\)/],
  ],
  [
    'workers that use a cloud nobody names here',
    { cloud: null },
    ['warning', 'openstack', /nothing here names one/],
  ],
  ['no monitor', { api: { monitors: fact([]) } }, ['problem', 'monitors', /none has ever reported/]],
  [
    'a monitor that fell silent and one that is blind',
    {
      api: {
        monitors: fact([
          monitor({ silent: true }),
          monitor({ host: 'node2', state: 'blind', cause: 'libvirtd is away' }),
        ]),
      },
    },
    [
      'problem',
      'monitors',
      /1 silent and 1 blind of 2: node1 silent since 2026-01-02T11:59:59.000Z; node2 blind: libvirtd is away/,
    ],
  ],
  [
    'monitors nobody can list',
    { api: { monitors: missing() } },
    ['warning', 'monitors', /could not be asked/],
  ],
  [
    'notifications that wait on a host',
    { api: { monitors: fact([monitor({ spoolDepth: 4 })]) } },
    ['warning', 'spools', /1 monitor could not file yet: node1 keeps 4/],
  ],
  [
    'a host under suspicion',
    { api: { monitors: fact([monitor({ gate: { suspect: true, silent: 4, heard: 5 } })]) } },
    ['problem', 'host-gates', /node1: 4 of 5 silent/],
  ],
  [
    'a clock that is ahead',
    { api: { monitors: fact([monitor({ clockAheadMs: 7300 })]) } },
    ['warning', 'clocks', /1 clock apart: node1 7\.3 s ahead/],
  ],
  [
    'a clock that is behind',
    { api: { monitors: fact([monitor({ clockAheadMs: -61_000 })]) } },
    ['warning', 'clocks', /node1 61\.0 s behind/],
  ],
  [
    'a host of a segment that nobody watches',
    {
      api: { hosts: fact([host('node1'), host('node2')]) },
      cloud: { services: fact([service('node1'), service('node2')]) },
    },
    ['warning', 'coverage', /1 host without: node2/],
  ],
  [
    'guests without an agent channel',
    {
      api: {
        unmonitored: fact([guest('no agent channel', 1), guest('no agent channel', 2), guest('no UUID', 3)]),
      },
    },
    ['warning', 'guests', /3 guests unmonitored.*: 2 × no agent channel; 1 × no UUID/],
  ],
  [
    'guests nobody can list',
    { api: { unmonitored: missing() } },
    ['warning', 'guests', /could not be asked/],
  ],
  [
    'a notification that is held',
    {
      api: {
        open: fact([
          notification({
            type: 'COMPUTE_HOST',
            instanceUuid: null,
            message:
              'held until an operator approves or rejects it: too many hosts of its segment fail at once',
          }),
        ]),
      },
    },
    ['warning', 'held', /1 notification held: aaaaaaaa-.*\(host node1\): held until an operator/],
  ],
  [
    'a notification that nobody takes',
    { api: { open: fact([notification({ status: 'new', acceptedAt: ago(2 * minute), message: null })]) } },
    ['problem', 'waiting', /1 notification that nobody took: .*\(web-1 on node1\) since 2026-01-02T11:58/],
  ],
  [
    'one that nobody takes during a pause',
    {
      api: {
        open: fact([notification({ status: 'new', acceptedAt: ago(2 * minute), message: null })]),
        pause: fact({ reason: 'r', by: 'admin', from: ago(hour), until: ago(-hour) }),
      },
    },
    ['warning', 'waiting', /that nobody took/],
  ],
  [
    'a recovery that stands still',
    { api: { open: fact([notification({ updatedAt: ago(16 * minute) })]) } },
    ['warning', 'running', /1 of 1 without a new fact for 15 min: .*restarted, waiting to hear it/],
  ],
  [
    'a recovery in error',
    {
      api: {
        open: fact([notification({ status: 'error', message: 'no libvirtd is known for host node1' })]),
      },
    },
    ['warning', 'error', /1 in error: .*no libvirtd is known/],
  ],
  [
    'notifications nobody can list',
    { api: { open: missing() } },
    ['warning', 'notifications', /could not be asked/],
  ],
  [
    'an instance that could not be recovered',
    {
      api: {
        failed: fact([
          notification({ status: 'failed', endedAt: ago(hour), message: 'restarted too often' }),
        ]),
      },
    },
    ['warning', 'failed', /1, the newest first: .*\(web-1 on node1\): restarted too often/],
  ],
  ['failures nobody can list', { api: { failed: missing() } }, ['warning', 'failed', /could not be asked/]],
  [
    'an instance that could not be moved',
    { api: { failedMoves: fact([vmove()]) } },
    ['warning', 'moves', /1 instance, the newest first: web-1 from node1: No valid host/],
  ],
  ['moves nobody can list', { api: { failedMoves: missing() } }, ['warning', 'moves', /could not be asked/]],
  [
    'settings that are not whole',
    { cloud: { settings: missing('"password" (auth.password in clouds.yaml, OS_PASSWORD) is missing') } },
    ['problem', 'openstack', /OS_PASSWORD/],
  ],
  [
    'a password Keystone does not know',
    { cloud: { login: missing('keystone login: 401') } },
    ['problem', 'keystone', /401/],
  ],
  [
    'a Nova that is away',
    { cloud: { versions: missing('nova show versions: timeout') } },
    ['problem', 'nova', /timeout/],
  ],
  [
    'a Nova that is too old',
    { cloud: { versions: fact({ min: '2.1', max: '2.9' }) } },
    ['problem', 'nova', /2\.1 to 2\.9/],
  ],
  [
    'no right to list servers',
    { cloud: { listAllServers: fact({ allowed: false, detail: "Policy doesn't allow it" }) } },
    ['problem', 'nova-list-servers', /refused: Policy doesn't allow it/],
  ],
  [
    'no right to list services',
    { cloud: { services: missing('nova list compute services: 403') } },
    ['problem', 'nova-list-services', /403/],
  ],
  [
    'no right to change services',
    { cloud: { updateServices: fact({ allowed: false, detail: "Policy doesn't allow it" }) } },
    ['problem', 'nova-update-services', /refused/],
  ],
  [
    'a right nobody can tell',
    { cloud: { listAllServers: missing('timeout') } },
    ['warning', 'nova-list-servers', /could not be asked: timeout/],
  ],
  [
    'a host that Nova does not know',
    { api: { hosts: fact([host('nod1')]) } },
    ['problem', 'host-names', /1 of 1 are no compute host.*: nod1 \(is node1 meant\?\)/],
  ],
  [
    'a host that is spelt otherwise',
    { api: { hosts: fact([host('node1.example.org')]) } },
    ['warning', 'host-names', /node1\.example\.org is node1 in Nova/],
  ],
  [
    'a compute host in no segment',
    { cloud: { services: fact([service('node1'), service('node2')]) } },
    ['warning', 'uncovered-hosts', /1 of 2 are in none.*: node2/],
  ],
  [
    'a host that is back and still on maintenance',
    {
      api: { hosts: fact([host('node1', { onMaintenance: true })]) },
      cloud: { services: fact([service('node1', { enabled: false })]) },
    },
    ['warning', 'maintenance', /1 host could serve again: node1 \(disabled in Nova\)/],
  ],
  [
    'a segment that is off',
    { api: { segments: fact([segment({ enabled: false })]) } },
    ['warning', 'segments', /1 of 1 are not: .*: rack-7/],
  ],
  ['no host in any segment', { api: { hosts: fact([]) } }, ['warning', 'segments', /1 segment and no host/]],
  ['hosts nobody can list', { api: { hosts: missing() } }, ['warning', 'host-names', /could not be asked/]],
  [
    'segments nobody can list',
    { api: { segments: missing() } },
    ['warning', 'segments', /could not be asked/],
  ],
];

describe('the doctor', () => {
  it('finds nothing wrong where nothing is', () => {
    const all = findings({});
    expect(all.filter(({ level }) => level !== 'ok')).toEqual([]);
    expect(all.every(({ advice }) => advice === null)).toBe(true);
    expect(worst(all)).toBe('ok');
  });

  it.each(stories)('tells of %s', (_name, told, [level, check, found]) => {
    const line = findings(told).find(one => one.check === check);
    expect(line).toMatchObject({ level, check, found: expect.stringMatching(found) });
    expect(line?.advice).toEqual(expect.stringMatching(/\S/));
    expect(line?.expected).toMatch(/\S/);
  });

  it('has a story for every line it can write', () => {
    const told = new Set(stories.map(([, , [, check]]) => check));
    // What is not tried is never wrong.
    expect(
      findings({})
        .map(({ check }) => check)
        .filter(check => !told.has(check)),
    ).toEqual(['nova-evacuate']);
  });

  it('says of an API that is away one thing, and looks at the cloud all the same', () => {
    const checks = findings({ api: { version: missing(), identity: missing() } }).map(({ check }) => check);
    expect(checks).toEqual([
      'api',
      'openstack',
      'keystone',
      'nova',
      'nova-list-servers',
      'nova-list-services',
      'nova-update-services',
      'nova-evacuate',
    ]);
  });

  it.each([
    ['the database is away', { readiness: missing() }],
    ['the API is not ready', { readiness: fact({ ready: false, detail: 'it stops' }) }],
    ['nobody knows the token', { identity: missing() }],
    ["the token is a monitor's", { identity: fact({ name: 'm', scope: 'monitor', host: 'node1' } as const) }],
  ])('says one thing, and not twenty, when %s', (_name, api) => {
    const checks = findings({ api, cloud: null }).map(({ check }) => check);
    expect(checks).toEqual(['api', 'database', 'token']);
  });

  it('asks nothing of a cloud that does not let it in', () => {
    const checks = findings({ cloud: { login: missing() } }).map(({ check }) => check);
    expect(checks).toContain('keystone');
    expect(checks.filter(check => check.startsWith('nova'))).toEqual([]);
  });

  it('forgets what failed more than a day ago', () => {
    const old = { failed: fact([notification({ status: 'failed', endedAt: ago(25 * hour) })]) };
    expect(findings({ api: old }).find(({ check }) => check === 'failed')?.level).toBe('ok');
  });

  it('does not call the silence of a monitor that is gone a wrong clock', () => {
    const gone = { monitors: fact([monitor({ silent: true, clockAheadMs: 90_000 })]) };
    expect(findings({ api: gone }).find(({ check }) => check === 'clocks')?.level).toBe('ok');
  });

  it('takes the worst it found for the whole', () => {
    expect(worst(findings({ api: { pause: missing() } }))).toBe('warning');
    expect(worst(findings({ api: { pause: missing(), workers: fact([]) } }))).toBe('problem');
  });

  it('names the first few of many, and keeps the line one line', () => {
    const many = Array.from({ length: 300 }, (_, n) => host(`lost-host-${n}\nwith a break`));
    const all = findings({ api: { hosts: fact(many) } });
    const line = all.find(({ check }) => check === 'host-names');
    expect(line?.found).toContain('and 295 more');
    expect(line?.items).toHaveLength(100);
    const text = report(all).trimEnd().split('\n');
    expect(text).toHaveLength(all.length + 1);
    expect(text.at(-1)).toMatch(/^\d+ ok, \d+ warning, \d+ problem$/);
    expect(text.find(one => one.includes('host-names'))).toMatch(
      /^problem {2}host-names +expected .*; found .*\. To do: /,
    );
  });
});
