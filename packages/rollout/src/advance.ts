/**
 * One roll-out, as a pure machine.
 *
 *   pending ──its turn──▶ applying ──runs it──▶ applied ──another host failed──▶ rolling-back ──▶ rolled-back
 *      │                   │    │                              (by policy)
 *      │                   │    └──says it cannot──▶ failed
 *      │                   └──not in time──▶ not-answering ──is back──▶ applied, failed
 *      └──over before──▶ skipped
 *
 * Reads no clock and does no I/O: what is known of the hosts comes in with its age, what is to be written down and what hosts are
 * to run from now on goes out. Asked again with what it answered carried out, it answers nothing new.
 */
import {
  type Member,
  memberSilentAfterMs,
  type Operation,
  type OperationState,
  type Row,
} from './operation.ts';

export type RowChange = Pick<Row, 'host' | 'service' | 'state' | 'running' | 'error'> & {
  /** It is told from now on. */
  readonly isTold?: boolean;
};

/** What a host is to run from now on; a null host: all that were told nothing of their own. */
export type Target = { readonly host: string | null; readonly revision: number };

export type Advance = {
  readonly rows: readonly RowChange[];
  readonly targets: readonly Target[];
  readonly end?: { readonly state: OperationState; readonly message: string };
};

/** What follows from what is known now. `isCancelled`: nobody else is to be told. */
export function advance(
  operation: Operation,
  rows: readonly Row[],
  members: readonly Member[],
  { isCancelled = false }: { isCancelled?: boolean } = {},
): Advance {
  const heard = rows.map(row => hear(operation, row, members));
  if (operation.state !== 'running') return { rows: changes(rows, heard), targets: [] };
  if (isCancelled) {
    const over = heard.map(skipPending);
    return {
      rows: changes(rows, over),
      targets: [],
      end: { state: 'cancelled', message: `cancelled; ${told(operation, over)}` },
    };
  }
  const failed = heard.some(row => isFailure(row, members, operation));
  const isRollingBack = heard.some(({ state }) => state === 'rolling-back' || state === 'rolled-back');
  if ((failed && operation.onFailure === 'roll-back') || isRollingBack)
    return rollBack(operation, rows, heard);
  if (failed && operation.onFailure === 'stop') return stop(operation, rows, heard);
  return goOn(operation, rows, heard, failed);
}

/** One row by what its service says now. */
function hear({ revision, answerWithinMs }: Operation, row: Row, members: readonly Member[]): Row {
  const { state } = row;
  if (state !== 'applying' && state !== 'not-answering' && state !== 'rolling-back') return row;
  const wanted = state === 'rolling-back' ? row.before : revision;
  const own = members.filter(({ host, service }) => host === row.host && service === row.service);
  const live = own.filter(({ seenAgoMs }) => seenAgoMs <= memberSilentAfterMs);
  const running = (live.length > 0 ? live : own)[0]?.running ?? row.running;

  const refusal = live.find(member => member.wanted === wanted && member.state === 'failed');
  if (refusal) return { ...row, state: 'failed', running, error: refusal.error };
  const isThere =
    live.length > 0 &&
    live.every(member => member.wanted === wanted && member.state === 'applied' && member.running === wanted);
  if (isThere)
    return {
      ...row,
      state: state === 'rolling-back' ? 'rolled-back' : 'applied',
      running: wanted,
      error: null,
    };
  if (state === 'not-answering' || (row.toldAgoMs ?? 0) <= answerWithinMs) return { ...row, running };
  return { ...row, state: 'not-answering', running, error: silence(own, wanted) };
}

const silence = (own: readonly Member[], wanted: number): string =>
  fellSilent(own, wanted)
    ? 'took the revision and was not heard of since'
    : 'was not heard of since it was told; it takes the revision when it is back';

const fellSilent = (own: readonly Member[], wanted: number): boolean =>
  own.some(member => member.wanted === wanted && member.state === 'applying');

/** A host that is away fails nobody; one that fell silent over the change does. */
function isFailure(row: Row, members: readonly Member[], { revision }: Operation): boolean {
  if (row.state === 'failed') return true;
  if (row.state !== 'not-answering') return false;
  return fellSilent(
    members.filter(({ host, service }) => host === row.host && service === row.service),
    revision,
  );
}

function goOn(operation: Operation, before: readonly Row[], rows: readonly Row[], failed: boolean): Advance {
  const busy = new Set(rows.filter(({ state }) => state === 'applying').map(({ host }) => host));
  const waiting = new Set(rows.filter(({ state }) => state === 'pending').map(({ host }) => host));
  const next = new Set([...waiting].slice(0, Math.max(0, operation.atOnce - busy.size)));
  const { revision } = operation;
  if (next.size > 0) {
    const begun = rows.map(row =>
      row.state === 'pending' && next.has(row.host) ? { ...row, state: 'applying' as const } : row,
    );
    return { rows: changes(before, begun), targets: [...next].map(host => ({ host, revision })) };
  }
  if (busy.size > 0 || waiting.size > 0) return { rows: changes(before, rows), targets: [] };
  return {
    rows: changes(before, rows),
    targets: operation.isForAll ? [{ host: null, revision }] : [],
    end: { state: failed ? 'failed' : 'finished', message: told(operation, rows) },
  };
}

/** Nobody else is told; those that were have their time. */
function stop(operation: Operation, before: readonly Row[], rows: readonly Row[]): Advance {
  const over = rows.map(skipPending);
  const isBusy = over.some(({ state }) => state === 'applying');
  return {
    rows: changes(before, over),
    targets: [],
    ...(isBusy ? {} : { end: { state: 'failed', message: `stopped; ${told(operation, over)}` } }),
  };
}

/** Whoever was told is to run again what it ran before. */
function rollBack(operation: Operation, before: readonly Row[], rows: readonly Row[]): Advance {
  const back = rows.map(row => {
    if (row.state === 'applying' || row.state === 'applied')
      return { ...row, state: 'rolling-back' as const };
    return skipPending(row);
  });
  // Once: when the first one is told to turn back, all are.
  const isFirst = !rows.some(({ state }) => state === 'rolling-back' || state === 'rolled-back');
  const targets = new Map<string, number>();
  if (isFirst) for (const row of back) if (row.state !== 'skipped') targets.set(row.host, row.before);
  const isBusy = back.some(({ state }) => state === 'rolling-back');
  return {
    rows: changes(before, back),
    targets: [...targets].map(([host, revision]) => ({ host, revision })),
    ...(isBusy ? {} : { end: { state: 'rolled-back', message: `rolled back; ${told(operation, back)}` } }),
  };
}

const skipPending = (row: Row): Row => (row.state === 'pending' ? { ...row, state: 'skipped' } : row);

/** How it stands, in words. */
function told({ revision }: Operation, rows: readonly Row[]): string {
  const count = (state: Row['state']): number => rows.filter(row => row.state === state).length;
  const parts = [
    `${count('applied')} of ${rows.length} run revision ${revision}`,
    ...[
      [count('failed'), 'could not take it'],
      [count('not-answering'), 'did not answer and will take what is wanted when back'],
      [count('rolled-back'), 'run what they ran before'],
      [count('skipped'), 'were not told'],
    ].flatMap(([number, words]) => (number === 0 ? [] : [`${number} ${words}`])),
  ];
  return parts.join(', ');
}

function changes(before: readonly Row[], after: readonly Row[]): RowChange[] {
  return after.flatMap((row, at) => {
    const old = before[at];
    if (old?.state === row.state && old.running === row.running && old.error === row.error) return [];
    const { host, service, state, running, error } = row;
    const isTold = state !== old?.state && (state === 'applying' || state === 'rolling-back');
    return [{ host, service, state, running, error, ...(isTold ? { isTold } : {}) }];
  });
}
