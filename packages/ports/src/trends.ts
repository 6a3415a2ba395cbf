/** How all guests were at one minute. `unheard`: guests of monitors that are silent; their phase is not known. */
export type Trend = { at: string; guests: Record<string, number>; unheard: number };

/** One sample a minute, for a day, by the database's clock: the same whether one process keeps it or four. */
export interface TrendStore {
  /** Of the minute that runs; the first of several that note it counts. What is older than a day goes. */
  note(trend: Omit<Trend, 'at'>): Promise<void>;
  /** The oldest first. */
  lastDay(): Promise<Trend[]>;
}

export const trendsKeptMs = 86_400_000;
