/**
 * Compares every number of this package with libvirt's own files. For whoever adds a procedure or an event:
 *
 *   node --conditions=@instance-ha/source scripts/check-protocol.ts /path/to/libvirt-source
 *
 * The source tree is a release of https://libvirt.org, or Debian's `apt-get source libvirt`. Prints what
 * differs and exits 1, or how much was compared.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit } from 'node:process';
import { DomainStatsGroup } from '../src/connection.ts';
import * as events from '../src/protocol/domain-event.ts';
import * as states from '../src/protocol/domain-state.ts';
import { VirErrorDomain, VirErrorNumber } from '../src/protocol/error-numbers.ts';
import { eventTable } from '../src/protocol/events.ts';
import { procedures } from '../src/protocol/procedures.ts';
import { Program } from '../src/protocol/programs.ts';

const tree = argv[2];
if (!tree) {
  console.error('usage: check-protocol.ts /path/to/libvirt-source');
  exit(2);
}
const read = (path: string) => readFileSync(join(tree, path), 'utf8');
const remote = read('src/remote/remote_protocol.x');
const qemu = read('src/remote/qemu_protocol.x');
const headers = ['libvirt-domain.h', 'libvirt-common.h.in', 'virterror.h']
  .map(name => readOrNothing(`include/libvirt/${name}`))
  .join('\n');

let compared = 0;
const differences: string[] = [];

for (const [key, procedure] of Object.entries(procedures)) {
  const ofQemu = procedure.program === Program.QEMU;
  const symbol = ofQemu ? key.replace('QEMU_', 'QEMU_PROC_') : `REMOTE_PROC_${key}`;
  const declared = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*${symbol} = (\\d+)`).exec(
    ofQemu ? qemu : remote,
  );
  compare(`${symbol} number`, procedure.number, declared ? Number(declared[2]) : undefined);
  compare(
    `${symbol} priority`,
    procedure.priority,
    declared?.[1]?.includes('priority: high') ? 'high' : 'low',
  );
}

for (const [type, { id, procedure }] of Object.entries(eventTable)) {
  const word = type.toUpperCase().replaceAll('-', '_');
  compare(`event ${type} id`, id, enumerator(headers, `VIR_DOMAIN_EVENT_ID_${word}`));
  compare(
    `event ${type} procedure`,
    procedure,
    enumerator(remote, `REMOTE_PROC_DOMAIN_EVENT_CALLBACK_${word}`),
  );
}

const agent = 'VIR_CONNECT_DOMAIN_EVENT_AGENT_LIFECYCLE_';
const tables: [prefix: string, table: Readonly<Record<string, number>>][] = [
  ['VIR_DOMAIN_', states.DomainState],
  ['VIR_DOMAIN_RUNNING_', states.RunningReason],
  ['VIR_DOMAIN_BLOCKED_', states.BlockedReason],
  ['VIR_DOMAIN_PAUSED_', states.PausedReason],
  ['VIR_DOMAIN_SHUTDOWN_', states.ShutdownReason],
  ['VIR_DOMAIN_SHUTOFF_', states.ShutoffReason],
  ['VIR_DOMAIN_CRASHED_', states.CrashedReason],
  ['VIR_DOMAIN_PMSUSPENDED_', states.PmSuspendedReason],
  ['VIR_DOMAIN_CONTROL_', states.ControlState],
  ['VIR_DOMAIN_CONTROL_ERROR_REASON_', states.ControlErrorReason],
  ['VIR_DOMAIN_EVENT_', events.LifecycleEvent],
  ['VIR_DOMAIN_EVENT_DEFINED_', events.DefinedDetail],
  ['VIR_DOMAIN_EVENT_UNDEFINED_', events.UndefinedDetail],
  ['VIR_DOMAIN_EVENT_STARTED_', events.StartedDetail],
  ['VIR_DOMAIN_EVENT_SUSPENDED_', events.SuspendedDetail],
  ['VIR_DOMAIN_EVENT_RESUMED_', events.ResumedDetail],
  ['VIR_DOMAIN_EVENT_STOPPED_', events.StoppedDetail],
  ['VIR_DOMAIN_EVENT_SHUTDOWN_', events.ShutdownDetail],
  ['VIR_DOMAIN_EVENT_PMSUSPENDED_', events.PmSuspendedDetail],
  ['VIR_DOMAIN_EVENT_CRASHED_', events.CrashedDetail],
  ['VIR_DOMAIN_EVENT_WATCHDOG_', events.WatchdogAction],
  ['VIR_DOMAIN_EVENT_IO_ERROR_', events.IoErrorAction],
  [`${agent}STATE_`, events.AgentLifecycleState],
  [`${agent}REASON_`, events.AgentLifecycleReason],
  ['VIR_ERR_', VirErrorNumber],
  ['VIR_FROM_', VirErrorDomain],
];
for (const [prefix, table] of tables) {
  for (const [key, value] of Object.entries(table))
    compare(prefix + key, value, enumerator(headers, prefix + key));
}
for (const [group, bit] of Object.entries(DomainStatsGroup)) {
  const symbol = `VIR_DOMAIN_STATS_${group === 'cpu' ? 'CPU_TOTAL' : group.toUpperCase()}`;
  compare(symbol, bit, enumerator(headers, symbol));
}

for (const difference of differences) console.error(difference);
console.log(`${compared} numbers compared, ${differences.length} differ`);
exit(differences.length === 0 ? 0 : 1);

function compare(what: string, ours: string | number, theirs: string | number | undefined): void {
  compared += 1;
  if (ours !== theirs)
    differences.push(`${what}: ours ${ours}, libvirt's ${theirs ?? 'not found (an older release?)'}`);
}

/** The value of a C enumerator: written after it, a shift, or counted from the last written one before it. */
function enumerator(source: string, symbol: string): number | undefined {
  const plain = source.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*#.*$/gm, '');
  for (const [, body = ''] of plain.matchAll(/enum\s*\w*\s*\{([^}]*)\}/g)) {
    let value = -1;
    for (const entry of body.split(',')) {
      const [name = '', written] = entry.trim().split(/\s*=\s*/);
      value = written === undefined ? value + 1 : evaluate(written);
      if (name === symbol) return value;
    }
  }
  return undefined;
}

function evaluate(written: string): number {
  const shift = /^\(?\s*(\d+)U?\s*<<\s*(\d+)\s*\)?$/.exec(written);
  return shift ? Number(shift[1]) << Number(shift[2]) : Number(written);
}

function readOrNothing(path: string): string {
  try {
    return read(path);
  } catch {
    return '';
  }
}
