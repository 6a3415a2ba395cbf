import { randomUUID } from 'node:crypto';
import { type FakeMigration, FakeServer, type FakeServerSpec, type FakeService, stamp } from './server.ts';

/** How long things take in the fake cloud, in milliseconds. */
export type FakeDurations = { stopMs: number; startMs: number; rebootMs: number; evacuateMs: number };
const defaultDurations: FakeDurations = { stopMs: 5, startMs: 5, rebootMs: 5, evacuateMs: 20 };

/** A no of Nova: HTTP's status, the name of the fault, the words. */
export class FakeFault extends Error {
  readonly status: number;
  readonly fault: string;
  constructor(status: number, fault: string, message: string) {
    super(message);
    this.status = status;
    this.fault = fault;
  }
}

/** Who asks: as the token says. `userId` null is Nova itself. */
export type Asker = { userId: string | null; requestId: string };

/** What a compute cluster does behind the API, with the semantics of Nova 26.2 as they were measured. */
export class FakeCloud {
  readonly servers = new Map<string, FakeServer>();
  readonly services = new Map<string, FakeService>();
  /** The newest last. */
  readonly migrations: FakeMigration[] = [];
  readonly durations: FakeDurations;
  /** Whether whoever asks by the API is an administrator: others may not touch what is locked. */
  asAdmin = true;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #reportTimeoutMs: number;

  constructor(options: {
    hosts: readonly string[];
    durations?: Partial<FakeDurations>;
    reportTimeoutMs?: number;
  }) {
    this.durations = { ...defaultDurations, ...options.durations };
    this.#reportTimeoutMs = options.reportTimeoutMs ?? 60_000;
    for (const host of options.hosts)
      this.services.set(host, {
        id: randomUUID(),
        host,
        running: true,
        stoppedAtMs: null,
        enabled: true,
        disabledReason: null,
        forcedDown: false,
        updatedAt: stamp(),
      });
  }

  // --- what tests do to the cloud, past its API

  addServer(spec: FakeServerSpec = {}): FakeServer {
    const [first] = this.services.keys();
    const server = new FakeServer({ host: first ?? null, ...spec });
    this.servers.set(server.id, server);
    return server;
  }

  server(id: string): FakeServer {
    const found = this.servers.get(id);
    if (!found) throw new RangeError(`the fake cloud has no server ${id}`);
    return found;
  }

  service(host: string): FakeService {
    const found = this.services.get(host);
    if (!found) throw new RangeError(`the fake cloud has no host ${host}`);
    return found;
  }

  /** Its nova-compute ends; Nova learns of it a report timeout later. What it is asked meanwhile waits for it. */
  stopCompute(host: string): void {
    const service = this.service(host);
    Object.assign(service, { running: false, stoppedAtMs: Date.now(), updatedAt: this.reportedAt(service) });
  }

  /** Its nova-compute starts: clears the remains of what was evacuated, and begins to report. */
  startCompute(host: string): void {
    Object.assign(this.service(host), { running: true, stoppedAtMs: null, updatedAt: stamp() });
    for (const migration of this.migrations)
      if (migration.sourceCompute === host && migration.status === 'done') note(migration, 'completed');
  }

  /** Its QEMU ends. `noticed`: Nova's sync has seen it and has stopped the server by its own API, as nobody. */
  killGuest(id: string, noticed: boolean): void {
    const server = this.server(id);
    server.powerState = 4;
    if (!noticed) return;
    server.record('stop', { userId: null, requestId: `req-${randomUUID()}` });
    server.vmState = 'stopped';
  }

  /** When its nova-compute reported last: every 10 s while it runs. */
  reportedAt(service: FakeService): string {
    if (!service.running) return service.updatedAt;
    const last = new Date(Math.floor(Date.now() / 10_000) * 10_000).toISOString().slice(0, 19);
    return [last, service.updatedAt].sort().at(-1) ?? last;
  }

  isUp(service: FakeService): boolean {
    if (service.forcedDown) return false;
    return service.running || Date.now() - (service.stoppedAtMs ?? 0) < this.#reportTimeoutMs;
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  // --- what its API does

  find(id: string): FakeServer {
    const server = this.servers.get(id);
    if (!server) throw new FakeFault(404, 'itemNotFound', `Instance ${id} could not be found.`);
    return server;
  }

  /** What is locked is for administrators, and for Nova itself. */
  #demandUnlocked(server: FakeServer, { userId }: Asker): void {
    if (server.locked && userId !== null && !this.asAdmin)
      throw new FakeFault(409, 'conflictingRequest', `Instance ${server.id} is locked`);
  }

  stop(server: FakeServer, asker: Asker): void {
    this.#demandUnlocked(server, asker);
    demand(server, 'stop', ['active', 'error'], [null]);
    server.record('stop', asker);
    this.#task(server, 'powering-off', this.durations.stopMs, () => {
      server.vmState = 'stopped';
      server.powerState = 4;
    });
  }

  start(server: FakeServer, asker: Asker): void {
    this.#demandUnlocked(server, asker);
    demand(server, 'start', ['stopped'], [null]);
    const action = server.record('start', asker);
    this.#task(server, 'powering-on', this.durations.startMs, () => {
      if (server.script.startFails) {
        action.message = 'Error';
        return;
      }
      server.vmState = 'active';
      server.powerState = 1;
    });
  }

  rebootHard(server: FakeServer, asker: Asker): void {
    this.#demandUnlocked(server, asker);
    const tasks = [null, 'rebooting', 'rebooting_hard', 'reboot_pending_hard', 'reboot_started_hard'];
    demand(server, 'reboot', ['active', 'stopped', 'paused', 'suspended', 'error'], tasks);
    server.record('reboot', asker);
    this.#task(server, 'rebooting_hard', this.durations.rebootMs, () => {
      server.vmState = 'active';
      server.powerState = 1;
      server.fault = null;
    });
  }

  resetState(server: FakeServer, state: 'active' | 'error', asker: Asker): void {
    server.record('resetState', asker);
    server.vmState = state;
    server.endTask();
  }

  /** Accepts, and does not refuse a second one while the first goes on: then the first fails and the second hangs. */
  evacuate(server: FakeServer, target: string | null, asker: Asker): void {
    demand(server, 'evacuate', ['active', 'stopped', 'error'], 'any');
    const source = server.host === null ? undefined : this.services.get(server.host);
    if (!source || source.host === target)
      throw new FakeFault(400, 'badRequest', "The target host can't be the same one.");
    if (target !== null && !this.services.has(target))
      throw new FakeFault(404, 'itemNotFound', `Compute host ${target} not found.`);
    if (this.isUp(source))
      throw new FakeFault(400, 'badRequest', `Compute service of ${source.host} is still in use.`);

    const first = this.migrations.findLast(
      one => one.instanceUuid === server.id && ['accepted', 'pre-migrating'].includes(one.status),
    );
    server.record('evacuate', asker);
    const migration: FakeMigration = {
      id: this.migrations.length + 1,
      uuid: randomUUID(),
      instanceUuid: server.id,
      status: 'accepted',
      sourceCompute: source.host,
      destCompute: target,
      createdAt: stamp(),
      updatedAt: null,
    };
    this.migrations.push(migration);
    if (first) {
      note(first, 'failed');
      server.beginTask('rebuilding'); // And nothing ever ends it.
      return;
    }
    this.#rebuild(server, migration);
  }

  #rebuild(server: FakeServer, migration: FakeMigration): void {
    const { evacuation, evacuateMs = this.durations.evacuateMs } = server.script;
    const wasStopped = server.vmState === 'stopped';
    const task = server.beginTask('rebuilding');
    const ifStill = (then: () => void) => () => {
      if (server.task === task) then();
    };
    const fail = (status: string, words: string): void => {
      note(migration, status);
      server.vmState = 'error';
      server.fault = words;
      server.endTask();
    };
    this.#later(
      evacuateMs / 4,
      ifStill(() => {
        const target = this.#schedule(migration);
        if (!target || evacuation === 'no-valid-host') {
          fail('error', 'No valid host was found. There are not enough hosts available.');
          return;
        }
        migration.destCompute = target.host;
        note(migration, 'pre-migrating');
        server.taskState = 'rebuild_spawning';
        this.#later(
          evacuateMs / 2,
          ifStill(() => {
            if (evacuation === 'fails-midway') fail('failed', 'the build failed on the new host');
            else if (evacuation !== 'hangs')
              this.#arrive(server, { migration, target, wasStopped, evacuateMs });
          }),
        );
      }),
    );
  }

  #arrive(
    server: FakeServer,
    arrival: { migration: FakeMigration; target: FakeService; wasStopped: boolean; evacuateMs: number },
  ): void {
    const { migration, target, wasStopped, evacuateMs } = arrival;
    server.host = target.host;
    server.launchedAt = stamp();
    server.vmState = 'active';
    server.powerState = 1;
    server.fault = null;
    note(migration, 'done');
    if (!wasStopped) {
      server.endTask();
      return;
    }
    // Below microversion 2.95 Nova starts it and stops it again.
    this.#task(server, 'powering-off', evacuateMs / 4, () => {
      server.vmState = 'stopped';
      server.powerState = 4;
    });
  }

  #schedule({ sourceCompute, destCompute }: FakeMigration): FakeService | undefined {
    const fit = (one: FakeService): boolean => one.enabled && this.isUp(one) && one.host !== sourceCompute;
    const wanted = destCompute === null ? undefined : this.services.get(destCompute);
    if (wanted) return fit(wanted) ? wanted : undefined;
    return [...this.services.values()].find(fit);
  }

  /** A task of nova-compute: one that is not running does it never. */
  #task(server: FakeServer, name: string, takesMs: number, work: () => void): void {
    const task = server.beginTask(name);
    this.#later(takesMs, () => {
      if (server.task !== task || this.services.get(server.host ?? '')?.running === false) return;
      work();
      server.endTask();
    });
  }

  #later(ms: number, work: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    this.#timers.add(timer);
  }
}

function demand(
  server: FakeServer,
  method: string,
  vmStates: readonly string[],
  taskStates: readonly (string | null)[] | 'any',
): void {
  const no = (attribute: string, state: string | null): never => {
    throw new FakeFault(
      409,
      'conflictingRequest',
      `Cannot '${method}' instance ${server.id} while it is in ${attribute} ${state}`,
    );
  };
  if (!vmStates.includes(server.vmState)) no('vm_state', server.vmState);
  if (taskStates !== 'any' && !taskStates.includes(server.taskState)) no('task_state', server.taskState);
}

function note(migration: FakeMigration, status: string): void {
  migration.status = status;
  migration.updatedAt = stamp();
}
