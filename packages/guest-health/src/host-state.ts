import { Roster } from './roster.ts';

/** All that is believed of one host and its guests. Immutable: every decision makes a new one. */
export type HostState = {
  /** By instance UUID: `get`, `has`, `size`, `keys`, `values`, and iteration over `[uuid, guest]`. */
  readonly guests: Roster;
  readonly gate: { readonly suspect: boolean; readonly sinceMs: number };
  /** Since when and why the probe cannot look at the host; null when it can. */
  readonly blind: { readonly sinceMs: number; readonly cause: string } | null;
  /** The probe has looked at the host at least once since this state was made. */
  readonly sighted: boolean;
};

/** Nothing known, nothing seen. */
export const initialHost = (): HostState => ({
  guests: Roster.empty,
  gate: { suspect: false, sinceMs: 0 },
  blind: null,
  sighted: false,
});
