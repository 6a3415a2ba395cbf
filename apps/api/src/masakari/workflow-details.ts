import type { MasakariWorkflowStep } from '@instance-ha/contracts';
import type { JournalEntry } from '@instance-ha/ports';
import { type InstanceAct, parseRecoveryEvents } from '@instance-ha/recovery';

/** The names of Masakari's tasks, where it has them. */
const tasks: Readonly<Record<InstanceAct, string>> = {
  stop: 'StopInstanceTask',
  start: 'StartInstanceTask',
  'hard-reboot': 'HardRebootInstanceTask',
};

/** A recovery's journal as `recovery_workflow_details`: one step for each act, in order. */
export function workflowDetails(
  journal: readonly JournalEntry[],
  acceptedAt: string,
): MasakariWorkflowStep[] {
  const { events } = parseRecoveryEvents(journal);
  const acceptedMs = Date.parse(acceptedAt);
  const steps: (MasakariWorkflowStep & { act: InstanceAct })[] = [];
  const stamp = (atMs: number): string =>
    new Date(acceptedMs + atMs).toISOString().replace('T', ' ').replace('Z', '000');
  for (const event of events) {
    if (event.type === 'act-begun') {
      const { act, atMs } = event;
      steps.push({
        act,
        name: tasks[act],
        progress: 0,
        state: 'RUNNING',
        progress_details: [{ timestamp: stamp(atMs), progress: '0.0', message: `${act} begun` }],
      });
    } else if (event.type === 'act-ended') {
      const step = steps.findLast(one => one.act === event.act && one.state === 'RUNNING');
      if (!step) continue;
      step.progress = 1;
      step.state = event.outcome === 'done' ? 'SUCCESS' : 'FAILURE';
      step.progress_details.push({ timestamp: stamp(event.atMs), progress: '1.0', message: event.detail });
    }
  }
  return steps.map(({ act: _act, ...step }) => step);
}
