import { type Recording, replay } from '@instance-ha/guest-health';
import { describe, expect, it } from 'vitest';
import { patrolStory, policy, uuid } from './testing/patrol-story.ts';

/** Who keeps recordings, and may be away. */
function keeper() {
  const kept: Recording[] = [];
  const state = { isAway: false };
  return {
    kept,
    state,
    recordings: {
      keep: async (recording: Recording) => {
        if (!state.isAway) kept.push(structuredClone(recording));
        return !state.isAway;
      },
    },
  };
}
const minute = 60_000;

describe('what was seen', () => {
  it('is sent each interval, next to nothing of a quiet host, and tells again what was filed', async () => {
    const story = patrolStory();
    const { kept, recordings } = keeper();
    story.start({ recordings });
    await story.clock.advance(5 * minute);
    const before = kept.length;
    expect(before).toBeGreaterThanOrEqual(4);
    expect(kept.at(-1)).toMatchObject({ heard: 1, signals: [], guests: [], dropped: 0 });
    story.probe.crash(uuid(1));
    await story.clock.advance(2 * minute);
    expect(kept.slice(before).flatMap(({ signals }) => signals)).toContainEqual(
      expect.objectContaining({ of: uuid(1), type: 'lifecycle' }),
    );
    const told = replay(policy, kept);
    expect(told.map(({ instanceUuid, rule }) => `${instanceUuid} ${rule}`)).toEqual([
      `${uuid(1)} ${story.sink.filed[0]?.evidence?.rule}`,
    ]);
    await story.stop();
  });

  it('waits for an hour for one who is away, the newest is kept, and nothing else waits', async () => {
    const story = patrolStory();
    const { kept, recordings, state } = keeper();
    state.isAway = true;
    story.start({ recordings });
    await story.clock.advance(20 * minute);
    story.probe.crash(uuid(1));
    await story.clock.advance(minute);
    expect(story.sink.filed).toHaveLength(1);
    state.isAway = false;
    await story.clock.advance(minute);
    expect(kept).toHaveLength(12);
    for (const [index, one] of kept.entries()) if (index > 0) expect(one.fromAt).toBe(kept[index - 1]?.toAt);
    await story.stop();
  });

  it('is not recorded at an interval of 0', async () => {
    const story = patrolStory({ policy: { recordIntervalMs: 0 } });
    const { kept, recordings } = keeper();
    story.start({ recordings });
    await story.clock.advance(10 * minute);
    expect(kept).toEqual([]);
    await story.stop();
  });
});
