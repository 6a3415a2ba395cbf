import type { AppRoute } from '@ts-rest/core';
import type { z } from 'zod';

/**
 * The headers a route names, as its handler gets them and as a caller gives them. ts-rest's own inference rests on a type
 * that zod 4 no longer has and answers `{}`.
 */
export type HeadersOutput<R extends AppRoute> = {
  [K in keyof HeaderSchemas<R>]: HeaderSchemas<R>[K] extends z.ZodType
    ? z.output<HeaderSchemas<R>[K]>
    : never;
};

export type HeadersInput<R extends AppRoute> = {
  [K in keyof HeaderSchemas<R>]?: HeaderSchemas<R>[K] extends z.ZodType
    ? z.input<HeaderSchemas<R>[K]>
    : never;
};

type HeaderSchemas<R extends AppRoute> = R extends { headers: infer H }
  ? H extends Record<string, z.ZodType>
    ? H
    : Record<never, never>
  : Record<never, never>;
