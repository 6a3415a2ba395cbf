/**
 * One promise of a port: `name` says it in words, `check` rejects when an adapter breaks it. Needs no test runner:
 *
 *   for (const { name, check } of storesConformance) it(name, async () => check(await freshWorld()));
 */
export type ConformanceCase<World> = { name: string; check: (world: World) => Promise<void> };
