import { z } from 'zod';

type Coercion = 'list' | 'number' | 'boolean';

/** Plain decimal numbers only: `0x10`, `1e3` and blanks stay text, which the schema then refuses. */
const decimal = /^-?(0|[1-9]\d{0,15})(\.\d{1,15})?$/;

/**
 * Makes typed values of a query string, which is all text, as far as the schema expects them: `status=a&status=b` and
 * `status=a,b` are lists, `limit=5` a number, `x=true` a boolean. What does not fit stays as it was, so that the schema
 * says what it expected. Returns the identity for a schema that is not an object.
 */
export function queryCoercion(schema: unknown): (query: unknown) => unknown {
  if (!(schema instanceof z.ZodObject)) return query => query;
  const coercions = new Map<string, Coercion>();
  for (const [key, inner] of Object.entries(schema.shape as Record<string, z.ZodType>)) {
    const coercion = coercionOf(inner);
    if (coercion) coercions.set(key, coercion);
  }
  return query => {
    const typed: Record<string, unknown> = { ...(query as Record<string, unknown>) };
    for (const [key, coercion] of coercions) {
      if (typed[key] !== undefined) typed[key] = coerce(typed[key], coercion);
    }
    return typed;
  };
}

function coercionOf(schema: z.ZodType): Coercion | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
    return coercionOf(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodArray) return 'list';
  if (schema instanceof z.ZodNumber) return 'number';
  if (schema instanceof z.ZodBoolean) return 'boolean';
  return undefined;
}

function coerce(value: unknown, coercion: Coercion): unknown {
  switch (coercion) {
    case 'list':
      return (Array.isArray(value) ? value : [value]).flatMap(one =>
        typeof one === 'string' ? one.split(',') : [one],
      );
    case 'number':
      return typeof value === 'string' && decimal.test(value) ? Number(value) : value;
    case 'boolean':
      return value === 'true' ? true : value === 'false' ? false : value;
  }
}
