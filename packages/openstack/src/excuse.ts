import type { Bounds } from './http/bounds.ts';
import { OpenStackError, type OpenStackErrorCode } from './openstack-error.ts';

/** Why it did not come about, in words. Throws the caller's own reason when it was the caller, and our own mistakes. */
export function excuse(
  error: unknown,
  context: { bounds: Bounds; doing: string; timeoutMs: number; signal: AbortSignal },
): string {
  if (context.signal.aborted) throw context.signal.reason;
  if (context.bounds.timeIsUp()) return `not done within ${context.timeoutMs} ms, while ${context.doing}`;
  if (OpenStackError.isInstance(error)) return `while ${context.doing}: ${error.message}`;
  throw error;
}

/** The service understood, and will answer the same again. */
const finalCodes: ReadonlySet<OpenStackErrorCode> = new Set([
  'bad-request',
  'forbidden',
  'not-found',
  'unsupported-version',
]);

export const isFinal = (error: unknown): boolean =>
  OpenStackError.isInstance(error) && (finalCodes.has(error.code) || isLocked(error));

/** Nova's no to whoever is no administrator (`InstanceIsLocked`, `nova/exception.py`): a 409 that does not pass by waiting. */
export const isLocked = (error: OpenStackError): boolean =>
  error.code === 'conflict' && /\bis locked\b/.test(error.serviceMessage ?? '');
