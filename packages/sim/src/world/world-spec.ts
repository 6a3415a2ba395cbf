import { z } from 'zod';

const GuestSpec = z.union([
  z.string(),
  z.strictObject({
    name: z.string(),
    /** Without an agent channel nobody can hear the guest. */
    agent: z.boolean().default(true),
    onCrash: z.enum(['destroy', 'restart', 'preserve']).default('destroy'),
    /** The action of its watchdog device. */
    watchdog: z.enum(['reset', 'poweroff', 'pause', 'shutdown', 'none']).optional(),
    /** From its start to its agent's first answer. */
    bootSeconds: z.number().positive().default(4),
    persistent: z.boolean().default(true),
  }),
]);

/** What is there when the story begins. Guests by their names, on hosts by theirs; all run and answer. */
export const WorldSpec = z.strictObject({
  hosts: z.record(z.string(), z.array(GuestSpec)),
  /** Processes that run on the hosts and are watched there, by host. */
  processes: z.record(z.string(), z.array(z.string())).default({}),
  /** How many workers run. */
  workers: z.int().min(0).default(1),
  /** Options of instance-ha.conf that differ from their defaults: section, name, text. */
  conf: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  /** How long the world goes on before the script begins, untold. */
  settleSeconds: z.number().default(60),
});
export type WorldSpec = z.input<typeof WorldSpec>;

export type GuestSpec = Exclude<z.output<typeof GuestSpec>, string>;

export const guestSpecOf = (told: z.input<typeof GuestSpec>): GuestSpec =>
  typeof told === 'string'
    ? { name: told, agent: true, onCrash: 'destroy', bootSeconds: 4, persistent: true }
    : (GuestSpec.parse(told) as GuestSpec);
