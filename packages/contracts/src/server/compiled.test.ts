import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  FiledNotification,
  NotificationPage,
  NotificationQuery,
  NotificationRecord,
} from '../native/notifications.ts';

describe('what is filed and listed most', () => {
  it.each([
    ['a filed notification', FiledNotification],
    ['a stored notification', NotificationRecord],
    ['a page', NotificationPage],
    ['the query of a page', NotificationQuery],
  ])('%s is checked by compiled code, every key of it', (_name, schema) => {
    // Throws for a schema that zod would quietly go on interpreting.
    const compiled = z.compile(schema, { strict: true });
    const stranger = { unknown: true };
    expect(compiled.safeParse(stranger).error?.issues).toEqual(schema.safeParse(stranger).error?.issues);
    expect(compiled.safeParse(stranger).success).toBe(false);
  });
});
