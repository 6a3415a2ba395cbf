import { burst, sweep } from './crowd.ts';
import { detectHang, detectKill, detectPanic } from './detect.ts';
import { footprint, footprintReal } from './footprint.ts';
import { ingest, list } from './http.ts';
import type { Bench } from './measurement.ts';
import { recover } from './recover.ts';

/** Every bench by its name. */
export const benches: Record<string, Bench> = {
  'detect-kill': detectKill,
  'detect-panic': detectPanic,
  'detect-hang': detectHang,
  recover,
  sweep,
  burst,
  footprint,
  'footprint-real': footprintReal,
  ingest,
  list,
};
