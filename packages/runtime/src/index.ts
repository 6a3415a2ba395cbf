export { abortOnSignals, onHangup } from './abort-on-signals.ts';
export { writeFileAtomic } from './atomic-file.ts';
export { type BackoffPolicy, backoffMs } from './backoff.ts';
export { BoundedQueue } from './bounded-queue.ts';
export { LockedError, lockProcess } from './process-lock.ts';
export { Spool, type SpoolEntry, type SpoolOptions } from './spool.ts';
export { StopStack } from './stop-stack.ts';
export { systemClock } from './system-clock.ts';
export { DeadlineError, withDeadline } from './with-deadline.ts';
