import { initContract } from '@ts-rest/core';

/** The one ts-rest instance. ts-rest is no longer maintained: nothing outside this package imports it. */
export const rest: ReturnType<typeof initContract> = initContract();
