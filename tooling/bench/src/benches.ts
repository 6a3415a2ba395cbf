import { console_ } from './console.ts';
import { burst, sweep } from './crowd.ts';
import { detectHang, detectKill, detectPanic } from './detect.ts';
import { footprint, footprintReal } from './footprint.ts';
import { hostRecovery } from './host-recovery.ts';
import { ingest, list } from './http.ts';
import { masakariList, masakariPost } from './masakari-wire.ts';
import type { Bench } from './measurement.ts';
import { recover } from './recover.ts';
import { vmRecovery } from './vm-recovery.ts';

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
  'v1-list': masakariList,
  'v1-post': masakariPost,
  'vm-recovery': vmRecovery,
  'host-recovery': hostRecovery,
  console: console_,
};
