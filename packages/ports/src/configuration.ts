import type {
  Advance,
  FailurePolicy,
  Member,
  Operation,
  OperationState,
  RolloutService,
  Row,
  RunningState,
} from '@instance-ha/rollout';
import type { Actor, AuditChange } from './audit.ts';
import type { Page } from './stores.ts';

/**
 * One saved text of the pushed configuration. Revisions of all files share one count: what every file held once N was saved is
 * its newest save up to N. 0 is the revision before the first.
 */
export type ConfigurationRevision = {
  revision: number;
  /** The host whose override it is; null: the file for all hosts. */
  host: string | null;
  text: string;
  /** By the database's clock. */
  savedAt: string;
  savedBy: string;
  comment: string | null;
  /** How much was wrong with it when it was saved; with an error it is a draft that nobody applies. */
  errors: number;
  warnings: number;
};
export type ConfigurationSummary = Omit<ConfigurationRevision, 'text'>;

export type NewConfiguration = Pick<
  ConfigurationRevision,
  'host' | 'text' | 'comment' | 'errors' | 'warnings'
> & {
  /** The revision that was edited; 0 for a file that was never saved. */
  expected: number;
  /** What the audit tells of it; no secrets. */
  changes: readonly AuditChange[];
};

export interface ConfigurationStore {
  /**
   * Saves a text with its line in the audit. `overtaken`: somebody saved that file since `expected`, nothing is stored, and
   * `record` is what they saved. The text that is there already is not saved again: `record` is then the one there was.
   */
  save(
    file: NewConfiguration,
    by: Actor,
  ): Promise<
    | { ok: true; record: ConfigurationRevision }
    | { ok: false; why: 'overtaken'; record: ConfigurationRevision | undefined }
  >;
  /** The newest save of a file, of all or up to a revision. */
  get(host: string | null, upTo?: number): Promise<ConfigurationRevision | undefined>;
  /** The newest save of each file, of all or up to a revision; the file for all hosts first, then by host. */
  files(upTo?: number): Promise<ConfigurationSummary[]>;
  /** The saves of one file, newest first; `after` is a revision. */
  list(host: string | null, page: Page): Promise<ConfigurationSummary[]>;
  /** 0: nothing was ever saved. */
  latest(): Promise<number>;
  /** What a host is to run; undefined: nobody ever said. */
  wanted(host: string): Promise<number | undefined>;
  /** The same for many at once, in their order. */
  wantedOf(hosts: readonly string[]): Promise<(number | undefined)[]>;
  /** What all hosts are to run that were told nothing of their own; undefined: nobody ever said. */
  applied(): Promise<number | undefined>;
}

export type OperationRecord = Omit<Operation, 'isForAll'> & {
  id: number;
  kind: 'reconfigure';
  /** Null: all hosts. */
  hosts: string[] | null;
  comment: string | null;
  /** Why it ended so; null while it runs. */
  message: string | null;
  startedBy: string;
  startedAt: string;
  endedAt: string | null;
  /** Rows by state. */
  counts: Partial<Record<Row['state'], number>>;
};

export type OperationRowRecord = Omit<Row, 'toldAgoMs'> & { toldAt: string | null; changedAt: string };

export type NewOperation = {
  revision: number;
  hosts: readonly string[] | null;
  onFailure: FailurePolicy;
  atOnce: number;
  answerWithinMs: number;
  comment: string | null;
  rows: readonly { host: string; service: RolloutService; before: number }[];
};

/** What is known of one operation at one moment, for a decision. */
export type OperationSnapshot = {
  operation: Operation;
  rows: readonly Row[];
  members: readonly Member[];
};

export interface OperationStore {
  /** Begins one, with its line in the audit. `busy`: another one runs, and `record` is that. */
  start(
    operation: NewOperation,
    by: Actor,
  ): Promise<{ ok: true; record: OperationRecord } | { ok: false; why: 'busy'; record: OperationRecord }>;
  get(id: number): Promise<OperationRecord | undefined>;
  list(filter: { state?: OperationState | undefined }, page: Page): Promise<OperationRecord[]>;
  /** By host, then service. */
  rows(id: number): Promise<OperationRowRecord[]>;
  /** Those of which something may change by itself: the one that runs, and the newest with a row that is still open. */
  open(): Promise<number[]>;
  /**
   * Decides on what is known now and carries that out, in one transaction: of several that decide at the same time one
   * follows the other. Rows that changed, and the operation when it ended, are told to the change feed. `by`: whoever asked for
   * it, for the audit. Answers undefined where there is no such operation.
   */
  advance(
    id: number,
    decide: (snapshot: OperationSnapshot) => Advance,
    by?: Actor & { action: string },
  ): Promise<OperationRecord | undefined>;
}

/** What a monitor or worker tells of the configuration it runs. `name` tells apart those of one host. */
export type RunningReport = {
  service: RolloutService;
  name: string;
  host: string;
  version: string;
  wanted: number;
  running: number;
  state: RunningState;
  error: string | null;
};

export type ServiceSighting = Pick<RunningReport, 'service' | 'name' | 'host' | 'version'> & {
  /** Null until it reported for the first time. */
  wanted: number | null;
  running: number | null;
  state: RunningState | null;
  error: string | null;
  /** When it asked or reported last, by the database's clock. */
  seenAt: string;
};

/** A process that was not heard for so long is forgotten, if its service on that host was heard since by another name. */
export const serviceForgottenAfterMs = 3_600_000;

/** Which monitors and workers take what is pushed, and how far they are. */
export interface ServiceStore {
  /** It asks what to run. */
  asked(service: Pick<RunningReport, 'service' | 'name' | 'host' | 'version'>): Promise<void>;
  reported(report: RunningReport): Promise<void>;
  /** It stops in order, and is not waited for. */
  left(service: Pick<RunningReport, 'service' | 'name'>): Promise<void>;
  /** By host, service and name. */
  list(): Promise<ServiceSighting[]>;
}

/** What a service is to run: `layers` in order, the later one above. */
export type WantedConfiguration = {
  revision: number;
  layers: readonly { name: string; text: string }[];
};

/** Where a service asks what to run. */
export interface ConfigurationSource {
  /**
   * Answers at once when `known` is not what is wanted, else when it is no longer or after `waitMs`. Where nobody ever said what
   * to run, what is known stays wanted. Rejects when it cannot be asked.
   */
  wanted(
    known: number,
    options: { waitMs: number; signal: AbortSignal },
  ): Promise<WantedConfiguration | 'unchanged'>;
  /** Rejects when it was not taken. */
  report(
    report: Pick<RunningReport, 'wanted' | 'running' | 'state' | 'error'>,
    options: { signal: AbortSignal },
  ): Promise<void>;
}

/** The name of a pushed file: as it stands in the tree, in problems, and in the layers. */
export const configurationPath = (host: string | null): string =>
  host === null ? 'instance-ha.conf' : `hosts/${host}/instance-ha.conf`;

/** The texts that a host is to run at a revision, in order; none for a file that is empty or was not there yet. */
export async function wantedLayers(
  configuration: ConfigurationStore,
  host: string,
  revision: number,
): Promise<WantedConfiguration['layers']> {
  const files = await Promise.all([configuration.get(null, revision), configuration.get(host, revision)]);
  return layersOf(...files);
}

/** The texts of these files, the later one above; an empty one says nothing. */
export const layersOf = (...files: (ConfigurationRevision | undefined)[]): { name: string; text: string }[] =>
  files.flatMap(file =>
    file === undefined || file.text === '' ? [] : [{ name: configurationPath(file.host), text: file.text }],
  );
