import type { nativeContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { ApiContext } from '../context.ts';

const heldShown = 50;

export const overviewHandlers = ({
  stores,
}: ApiContext): RouterHandlers<typeof nativeContract>['overview'] => ({
  held: async () => {
    const held = await stores.rulings.held(heldShown);
    return { status: 200, body: { held } };
  },
  trends: async () => {
    const trends = await stores.trends.lastDay();
    const phases = [...new Set(trends.flatMap(({ guests }) => Object.keys(guests)))];
    return {
      status: 200,
      body: {
        at: trends.map(({ at }) => at),
        guests: Object.fromEntries(
          phases.map(phase => [phase, trends.map(({ guests }) => guests[phase] ?? 0)]),
        ),
        unheard: trends.map(({ unheard }) => unheard),
      },
    };
  },
});
