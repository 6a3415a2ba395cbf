import { ErrorBody } from '../error-body.ts';

/** What any route may answer. */
export const commonResponses = {
  400: ErrorBody,
  401: ErrorBody,
  403: ErrorBody,
  429: ErrorBody,
  500: ErrorBody,
  503: ErrorBody,
} as const;
