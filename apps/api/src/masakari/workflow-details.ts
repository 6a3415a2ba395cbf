import type { MasakariWorkflowStep } from '@instance-ha/contracts';
import type { JournalEntry } from '@instance-ha/ports';
import {
  type Evacuation,
  type HostAct,
  type InstanceAct,
  parseRecoveryEvents,
  type RecoveryEvent,
} from '@instance-ha/recovery';

/** The names of Masakari's tasks, where it has them. */
const tasks: Readonly<Record<InstanceAct | HostAct, string>> = {
  stop: 'StopInstanceTask',
  start: 'StartInstanceTask',
  'hard-reboot': 'HardRebootInstanceTask',
  evacuate: 'EvacuateInstancesTask',
  'put-out-of-service': 'DisableComputeServiceTask',
  enable: 'EnableComputeServiceTask',
  disable: 'DisableComputeServiceTask',
  'allow-up': 'AllowComputeServiceUpTask',
};
const prepareTask = 'PrepareHAEnabledInstancesTask';
const restartTask = 'RestartProcessTask';
const evacuateTask = 'EvacuateInstancesTask';

/** A recovery's journal as `recovery_workflow_details`: one step for each act, and one for all evacuations, in order. */
export function workflowDetails(
  journal: readonly JournalEntry[],
  acceptedAt: string,
): MasakariWorkflowStep[] {
  const { events } = parseRecoveryEvents(journal);
  const steps = new Steps(Date.parse(acceptedAt));
  for (const event of events) tell(steps, event);
  return steps.all;
}

function tell(steps: Steps, event: RecoveryEvent): void {
  const { type, atMs } = event;
  if (type === 'act-begun') steps.begin(tasks[event.act], atMs, `${event.act} begun`);
  else if (type === 'act-ended') steps.end(tasks[event.act], atMs, event);
  else if (type === 'host-act-begun')
    steps.begin(tasks[event.act], atMs, `${event.act} of ${event.host} begun`);
  else if (type === 'host-act-ended') steps.end(tasks[event.act], atMs, event);
  else if (type === 'monitor-act-begun' && event.kind === 'restart-process')
    steps.begin(restartTask, atMs, 'asked of the monitor of the host');
  else if (type === 'monitor-act-ended' && event.kind === 'restart-process')
    steps.end(restartTask, atMs, event);
  else if (type === 'service-act-begun') steps.begin(tasks[event.act], atMs, `${event.act} begun`);
  else if (type === 'service-act-ended') steps.end(tasks[event.act], atMs, event);
  else if (type === 'instances') {
    const { listing } = event;
    const detail = listing.listed ? `instances of the host: ${listing.instances.length}` : listing.detail;
    steps.begin(prepareTask, atMs, 'the instances of the host are listed');
    steps.end(prepareTask, atMs, { outcome: listing.listed ? 'done' : 'failed', detail });
  } else if (type === 'evacuations-begun')
    steps.note(evacuateTask, atMs, `evacuations asked for: ${event.asks.length}`);
  else if (type === 'evacuations-asked')
    steps.note(evacuateTask, atMs, counted(event.answers.map(({ answer }) => answer)));
  else if (type === 'evacuations' && event.listing.listed)
    steps.note(evacuateTask, atMs, progressOf(event.listing.evacuations));
  else if (type === 'ended')
    steps.end(evacuateTask, atMs, {
      outcome: event.status === 'finished' ? 'done' : 'failed',
      detail: event.reason,
    });
}

/** The newest evacuation of each instance counts. */
function progressOf(evacuations: readonly Evacuation[]): string {
  const newest = new Map<string, Evacuation>();
  for (const one of evacuations) {
    const known = newest.get(one.instanceUuid);
    if (!known || known.startedAt < one.startedAt) newest.set(one.instanceUuid, one);
  }
  return counted([...newest.values()].map(({ progress }) => progress));
}

/** `2 accepted, 1 failed`. */
function counted(words: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(', ') || 'none';
}

class Steps {
  readonly all: MasakariWorkflowStep[] = [];
  readonly #acceptedMs: number;

  constructor(acceptedMs: number) {
    this.#acceptedMs = acceptedMs;
  }

  begin(name: string, atMs: number, message: string): void {
    const first = { timestamp: this.#stamp(atMs), progress: '0.0', message };
    this.all.push({ name, progress: 0, state: 'RUNNING', progress_details: [first] });
  }

  /** Begins it when it does not run. What was told last is not told again. */
  note(name: string, atMs: number, message: string): void {
    const step = this.#running(name);
    if (!step) this.begin(name, atMs, message);
    else if (step.progress_details.at(-1)?.message !== message)
      step.progress_details.push({ timestamp: this.#stamp(atMs), progress: '0.0', message });
  }

  /** Of a step that does not run: nothing. */
  end(name: string, atMs: number, { outcome, detail }: { outcome: string; detail: string }): void {
    const step = this.#running(name);
    if (!step) return;
    step.progress = 1;
    step.state = outcome === 'done' ? 'SUCCESS' : 'FAILURE';
    step.progress_details.push({ timestamp: this.#stamp(atMs), progress: '1.0', message: detail });
  }

  #running(name: string): MasakariWorkflowStep | undefined {
    return this.all.findLast(step => step.name === name && step.state === 'RUNNING');
  }

  #stamp(atMs: number): string {
    return new Date(this.#acceptedMs + atMs).toISOString().replace('T', ' ').replace('Z', '000');
  }
}
