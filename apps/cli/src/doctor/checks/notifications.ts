import type { NotificationSummary } from '@instance-ha/contracts';
import { count } from '../../output/count.ts';
import type { DoctorFacts } from '../facts.ts';
import { bad, type Finding, notAsked, ok } from '../finding.ts';

/** A worker takes a notification within seconds. */
const takenWithinMs = 60_000;
/** A recovery that goes on writes a fact more often than this, the longest of its waits included. */
const movesWithinMs = 15 * 60_000;
/** What failed longer ago is history. */
const recentMs = 24 * 3_600_000;

/** What became, and becomes, of what was filed. */
export function checkNotifications(facts: DoctorFacts): Finding[] {
  const { open } = facts.api;
  if (!open.ok)
    return [
      notAsked('notifications', 'no notification that is stuck', open.why),
      checkFailed(facts),
      checkMoves(facts),
    ];
  const paused = facts.api.pause.ok && facts.api.pause.value !== null;
  return [
    checkHeld(open.value),
    checkWaiting(open.value, facts.nowMs, paused),
    checkMoving(open.value, facts.nowMs),
    checkErrors(open.value),
    checkFailed(facts),
    checkMoves(facts),
  ];
}

const subjectOf = ({ instanceName, instanceUuid, host }: NotificationSummary): string =>
  instanceUuid === null ? `host ${host}` : `${instanceName ?? instanceUuid} on ${host}`;
const inWords = (one: NotificationSummary): string =>
  `${one.uuid} (${subjectOf(one)}): ${one.message ?? 'no reason told'}`;

const isHeld = ({ message }: NotificationSummary): boolean => /^held\b/.test(message ?? '');

function checkHeld(open: readonly NotificationSummary[]): Finding {
  const wanted = 'no notification that is held';
  const held = open.filter(isHeld);
  if (held.length === 0) return ok('held', wanted, 'no notification is held');
  return bad('warning', 'held', {
    expected: wanted,
    found: `${count(held.length, 'notification')} held`,
    advice: 'each waits for what its reason says: an operator, or the end of the pause',
    items: held.map(inWords),
  });
}

function checkWaiting(open: readonly NotificationSummary[], nowMs: number, paused: boolean): Finding {
  const wanted = `no notification that stays new for over ${takenWithinMs / 1000} s`;
  const late = open.filter(
    one => one.status === 'new' && nowMs - Date.parse(one.acceptedAt) > takenWithinMs && !isHeld(one),
  );
  if (late.length === 0) return ok('waiting', wanted, `none stays new for over ${takenWithinMs / 1000} s`);
  return bad(paused ? 'warning' : 'problem', 'waiting', {
    expected: wanted,
    found: `${count(late.length, 'notification')} that nobody took`,
    advice: paused
      ? 'recovery is paused: they are taken when that ends'
      : 'see the workers above: none is free, none runs, or none reaches the database',
    items: late.map(one => `${one.uuid} (${subjectOf(one)}) since ${one.acceptedAt}`),
  });
}

function checkMoving(open: readonly NotificationSummary[], nowMs: number): Finding {
  const wanted = 'recoveries that go on';
  const running = open.filter(({ status }) => status === 'running');
  const still = running.filter(one => nowMs - Date.parse(one.updatedAt) > movesWithinMs && !isHeld(one));
  if (still.length === 0) return ok('running', wanted, `${running.length} under way, none stands still`);
  return bad('warning', 'running', {
    expected: wanted,
    found: `${still.length} of ${running.length} without a new fact for ${movesWithinMs / 60_000} min`,
    advice: 'instance-ha notifications show UUID has the journal: what is it waiting for',
    items: still.map(inWords),
  });
}

function checkErrors(open: readonly NotificationSummary[]): Finding {
  const wanted = 'no recovery that has to be tried again';
  const failing = open.filter(({ status }) => status === 'error');
  if (failing.length === 0) return ok('error', wanted, 'none has to be tried again');
  return bad('warning', 'error', {
    expected: wanted,
    found: `${failing.length} in error`,
    advice: 'they are tried again by themselves until they expire; mend what the reason says',
    items: failing.map(inWords),
  });
}

function checkFailed({ api: { failed }, nowMs }: DoctorFacts): Finding {
  const wanted = 'nothing within a day that could not be recovered';
  if (!failed.ok) return notAsked('failed', wanted, failed.why);
  const recent = failed.value.filter(one => nowMs - Date.parse(one.endedAt ?? one.updatedAt) < recentMs);
  if (recent.length === 0) return ok('failed', wanted, 'no recovery failed within a day');
  return bad('warning', 'failed', {
    expected: wanted,
    found: `${recent.length}, the newest first`,
    advice: 'see the guide, "A recovery did not go well", by the rule that notifications show tells',
    items: recent.map(inWords),
  });
}

function checkMoves({ api: { failedMoves }, nowMs }: DoctorFacts): Finding {
  const wanted = 'no instance within a day that could not be moved from a dead host';
  if (!failedMoves.ok) return notAsked('moves', wanted, failedMoves.why);
  const recent = failedMoves.value.filter(one => nowMs - Date.parse(one.endTime ?? one.createdAt) < recentMs);
  if (recent.length === 0) return ok('moves', wanted, 'no move failed within a day');
  return bad('warning', 'moves', {
    expected: wanted,
    found: `${count(recent.length, 'instance')}, the newest first`,
    advice: 'free room in the segment or mend what the reason says, then evacuate them by hand',
    items: recent.map(
      one =>
        `${one.instanceName ?? one.instanceUuid} from ${one.sourceHost}: ${one.message ?? 'no reason told'}`,
    ),
  });
}
