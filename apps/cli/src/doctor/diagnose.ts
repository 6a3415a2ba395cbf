import { checkCloud } from './checks/cloud.ts';
import { checkHosts } from './checks/hosts.ts';
import { checkGuests, checkMonitors } from './checks/monitors.ts';
import { checkNotifications } from './checks/notifications.ts';
import { checkService, isUsable } from './checks/service.ts';
import { checkWorkers } from './checks/workers.ts';
import type { DoctorFacts } from './facts.ts';
import type { Finding } from './finding.ts';

/** Everything that can be said of the facts, from what others stand on to what stands on them. Pure. */
export function diagnose(facts: DoctorFacts): Finding[] {
  const { api } = facts;
  const ours = isUsable(api)
    ? [...checkWorkers(facts), ...checkMonitors(api), checkGuests(api), ...checkNotifications(facts)]
    : [];
  return [...checkService(facts), ...ours, ...checkCloud(facts), ...(isUsable(api) ? checkHosts(facts) : [])];
}
