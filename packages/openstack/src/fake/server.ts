import { randomUUID } from 'node:crypto';

/** Nova's instants: UTC, whole seconds, without a zone in most places. */
export const stamp = (): string => new Date().toISOString().slice(0, 19);

export type FakeService = {
  id: string;
  host: string;
  /** Whether its nova-compute is there. */
  running: boolean;
  stoppedAtMs: number | null;
  enabled: boolean;
  disabledReason: string | null;
  forcedDown: boolean;
  updatedAt: string;
};

export type FakeMigration = {
  id: number;
  uuid: string;
  instanceUuid: string;
  status: string;
  sourceCompute: string;
  destCompute: string | null;
  createdAt: string;
  updatedAt: string | null;
};

export type FakeAction = {
  action: string;
  requestId: string;
  userId: string | null;
  startTime: string;
  message: string | null;
};

/** What goes wrong with one server when its time has come. */
export type FakeScript = {
  /** Its next evacuations. `hangs`: never arrives and never fails. */
  evacuation?: 'no-valid-host' | 'fails-midway' | 'hangs';
  /** Instead of the cloud's own. */
  evacuateMs?: number;
  startFails?: boolean;
};

export type FakeServerSpec = {
  id?: string;
  name?: string;
  /** The first one by default; null: never scheduled. */
  host?: string | null;
  vmState?: string;
  powerState?: number;
  metadata?: Record<string, string>;
  script?: FakeScript;
};

/** One server as nova-api and its nova-compute hold it together. */
export class FakeServer {
  readonly id: string;
  readonly name: string;
  readonly metadata: Record<string, string>;
  readonly script: FakeScript;
  host: string | null;
  vmState: string;
  taskState: string | null = null;
  powerState: number;
  launchedAt: string = stamp();
  locked = false;
  lockedReason: string | null = null;
  fault: string | null = null;
  /** The newest first. */
  readonly actions: FakeAction[] = [];
  /** Counts the tasks: work that belongs to an older one is void. */
  task = 0;

  constructor(spec: FakeServerSpec) {
    this.id = spec.id ?? randomUUID();
    this.name = spec.name ?? `server-${this.id.slice(0, 8)}`;
    this.host = spec.host ?? null;
    this.vmState = spec.vmState ?? 'active';
    this.powerState = spec.powerState ?? (this.vmState === 'stopped' ? 4 : 1);
    this.metadata = spec.metadata ?? {};
    this.script = spec.script ?? {};
    this.record('create', { userId: 'user-of-the-project', requestId: `req-${randomUUID()}` });
  }

  record(action: string, asker: { userId: string | null; requestId: string }): FakeAction {
    const made = { action, ...asker, startTime: `${stamp()}.000000`, message: null };
    this.actions.unshift(made);
    return made;
  }

  beginTask(name: string): number {
    this.taskState = name;
    this.task += 1;
    return this.task;
  }

  endTask(): void {
    this.taskState = null;
    this.task += 1;
  }

  /** Nova's one word over all (`nova/api/openstack/common.py`). */
  get status(): string {
    if (this.taskState?.startsWith('rebuil')) return 'REBUILD';
    if (this.taskState?.startsWith('reboot')) return 'HARD_REBOOT';
    const words: Record<string, string> = { stopped: 'SHUTOFF', resized: 'VERIFY_RESIZE', rescued: 'RESCUE' };
    return words[this.vmState] ?? this.vmState.toUpperCase();
  }
}
