import type { RulingMade } from '@instance-ha/contracts';
import { type RulingKind, rulingKinds } from '@instance-ha/notification';
import type { Command } from 'commander';
import type { CliContext } from '../context.ts';
import { printable } from '../output/table.ts';

const told: Readonly<Record<RulingKind, { does: string; done: string }>> = {
  approve: {
    does: 'let a held recovery go on; of an approval and a rejection the first stands',
    done: 'approved: it goes on',
  },
  reject: { does: 'end a held recovery without doing anything', done: 'rejected: nothing is done' },
  abort: {
    does: 'end a recovery that is waiting or under way: what was begun is brought to a safe end, nothing further is begun',
    done: 'aborted: what was begun is brought to a safe end',
  },
  retry: {
    does: 'begin a recovery again that failed or was ignored, or one that waits for its next attempt at once; it looks first',
    done: 'begun again',
  },
};

export function addRulings(program: Command, context: () => CliContext): void {
  for (const ruling of rulingKinds)
    program
      .command(`${ruling} <notification>`)
      .description(told[ruling].does)
      .option('--reason <text>', 'why; shown with the notification and in the audit')
      .action((uuid: string, options: { reason?: string }) => rule(context(), ruling, { uuid, ...options }));
}

async function rule(
  context: CliContext,
  ruling: RulingKind,
  { uuid, reason }: { uuid: string; reason?: string },
): Promise<void> {
  const api = await context.api();
  const asked = { params: { uuid }, body: reason === undefined ? {} : { reason } };
  const { body } = await api.v2.notifications[ruling]({ ...asked, signal: context.world.signal });
  context.show(body, () => printable(inWords(body)).concat('\n'));
}

function inWords({ notification, ruling, made }: RulingMade): string {
  const why = ruling.reason === null ? '' : `: ${ruling.reason}`;
  const what = `${notification.instanceName ?? notification.host} (${notification.uuid})`;
  if (made) return `${what} ${told[ruling.ruling].done}${why}`;
  return `${what}: ${ruling.ruling} was ruled already, by ${ruling.by} at ${ruling.at}${why}`;
}
