export { type Played, playScenario } from './play/scenario.ts';
export { playWild } from './wild/play-wild.ts';
export { shorten } from './wild/shorten.ts';
export { asScenario, type WildStory, wildStoryOf } from './wild/wild-story.ts';
export type { WorldSpec } from './world/world-spec.ts';
