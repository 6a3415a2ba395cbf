import { ApiError } from '@instance-ha/contracts/client';

export type Told = { message: string; details: string[]; requestId: string | null };

/** What went wrong, for people: the service's own words where it has any. */
export function problemOf(error: unknown): Told {
  if (!ApiError.isInstance(error))
    return { message: error instanceof Error ? error.message : String(error), details: [], requestId: null };
  const { answer, code, retryAfterSeconds } = error;
  const wait = retryAfterSeconds === null ? '' : ` Come again in ${retryAfterSeconds} s.`;
  if (answer)
    return {
      message: sentence(answer.message) + wait,
      details: answer.details?.map(one => `${one.path}: expected ${one.expected}, found ${one.found}`) ?? [],
      requestId: answer.requestId,
    };
  const message =
    code === 'unreachable'
      ? 'The API cannot be reached. It may be restarting, or the network between here and there is down.'
      : sentence(error.message);
  return { message: message + wait, details: [], requestId: null };
}

const sentence = (words: string): string => {
  const start = words.charAt(0).toUpperCase() + words.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
};
