import type { ErrorComponentProps } from '@tanstack/react-router';
import { Problem } from '../ui/problem.tsx';

/** A page that could not even be drawn, or whose code could not be fetched. */
export const PageFailed = ({ error, reset }: ErrorComponentProps) => (
  <Problem error={error} doing="Showing this page" retry={reset} />
);
