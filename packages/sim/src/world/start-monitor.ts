import type { Config } from '@instance-ha/config';
import { createLibvirtProbe } from '@instance-ha/libvirt-probe';
import { runPatrol } from '@instance-ha/patrol';
import type { Clock } from '@instance-ha/ports';
import type { Api } from './api.ts';
import { patrolPolicyOf, processPolicyOf } from './conf.ts';
import { connectTo } from './connect-to.ts';
import { type LogLine, logTo, noMetrics } from './log.ts';
import { Program } from './program.ts';
import { untilEnded } from './until-ended.ts';
import type { VirtualHost } from './virtual-host.ts';

/** Starts the real patrol over the real probe on one host, wired as the monitor's program wires them. */
export function startMonitor(options: {
  host: VirtualHost;
  api: Api;
  clock: Clock;
  config: () => Config;
  random: () => number;
  onLog: (line: LogLine) => void;
  onEnd: (program: Program, error: unknown) => void;
}): Program {
  const { host, api, clock, config, random, onLog, onEnd } = options;
  host.sessions += 1;
  const name = `monitor-${host.name}`;
  const program = new Program({ name, clock, wallAheadMs: () => host.wallAheadMs });
  const log = logTo(line => {
    if (program.alive) onLog(line);
  });
  const { keepaliveIntervalMs: intervalMs, keepaliveCount: count } = config().libvirt;
  const probe = createLibvirtProbe({
    connect: (_purpose, { signal }) => connectTo(host, program, { signal, keepalive: { intervalMs, count } }),
    clock: program.clock,
    log,
    metrics: noMetrics,
    maxPingsInFlight: config().monitor.maxPingsInFlight,
    random,
  });
  const running = runPatrol({
    host: host.name,
    session: `${host.name}-${host.sessions}`,
    version: '0.0.0',
    probe,
    sink: api.sink(program),
    reporter: api.reporter(program),
    spool: host.disk.spool(program),
    record: host.disk.recordFile(program),
    processes:
      host.processes.names.length === 0
        ? undefined
        : {
            probe: host.processes.probe(program),
            hands: host.processes.hands(program),
            source: api.actions(program, host.name),
            record: host.disk.file(program, 'processes'),
            journal: host.disk.file(program, 'actions'),
            policy: () => processPolicyOf(config(), host.processes.names),
          },
    policy: () => patrolPolicyOf(config()),
    deliveryBackoff: { firstMs: 250, maxMs: 5000 },
    clock: program.clock,
    random,
    log,
    metrics: noMetrics,
    signal: program.signal,
  });
  void untilEnded(running, probe, error => onEnd(program, error));
  host.monitor = program;
  return program;
}
