import type { z } from 'zod';
import type { CallBounds, ServiceCaller } from '../http/caller.ts';
import type { KeystoneSession } from '../keystone/session.ts';
import { OpenStackError } from '../openstack-error.ts';
import { HostsPage, type MasakariHost, type MasakariSegment, SegmentsPage } from './inventory-wire.ts';

/** Rows asked for at a time; Masakari gives at most `osapi_max_limit`, 1 000 as installed. */
const pageSize = 500;
/** Pages of one listing; one with more is an error, never silently cut. */
const pageLimit = 100;

/** What a running Masakari holds of segments and hosts. Each rejects with `OpenStackError`. */
export interface MasakariInventory {
  listSegments(bounds: CallBounds): Promise<MasakariSegment[]>;
  listHosts(segmentUuid: string, bounds: CallBounds): Promise<MasakariHost[]>;
}

export function masakariInventoryOf(options: {
  session: KeystoneSession;
  caller: ServiceCaller;
  /** As the catalogue has it: with or without `/v1` and the project. */
  endpoint: (bounds: CallBounds) => Promise<string>;
}): MasakariInventory {
  const { session, caller, endpoint } = options;

  /**
   * All pages, by the integer id of the last row, which is the marker that Masakari knows; it tells of no next page, so that the
   * end is a page without rows.
   */
  async function pages<Row extends { id: number }>(
    told: { name: string; path: string; answer: z.ZodType<Row[]> },
    bounds: CallBounds,
  ): Promise<Row[]> {
    const { name, path, answer } = told;
    const rows = new Map<number, Row>();
    let marker: number | undefined;
    for (let page = 1; ; page += 1) {
      const query = new URLSearchParams({ limit: String(pageSize), sort_key: 'id', sort_dir: 'asc' });
      if (marker !== undefined) query.set('marker', String(marker));
      const url = `${withVersion(await endpoint(bounds))}${path}?${query.toString()}`;
      const call = { name: `masakari ${name}`, method: 'GET', url, answer } as const;
      const { body } = await session.call(caller, call, bounds);
      if (body.length === 0) return [...rows.values()];
      if (body.some(({ id }) => rows.has(id)))
        throw new OpenStackError({
          code: 'garbage',
          message: `masakari ${name}: a row came twice, so the pages do not end`,
        });
      for (const row of body) rows.set(row.id, row);
      marker = body.at(-1)?.id;
      if (page >= pageLimit)
        throw new OpenStackError({
          code: 'answer-too-large',
          message: `masakari ${name}: expected at most ${pageLimit} pages, found more (${rows.size} rows read)`,
        });
    }
  }

  return {
    listSegments: async bounds =>
      pages({ name: 'list segments', path: '/segments', answer: SegmentsPage }, bounds),
    listHosts: async (segmentUuid, bounds) =>
      pages(
        {
          name: 'list hosts',
          path: `/segments/${encodeURIComponent(segmentUuid)}/hosts`,
          answer: HostsPage,
        },
        bounds,
      ),
  };
}

/** Some catalogues leave the version to be found out; there is only one. */
const withVersion = (url: string): string => (/\/v1(\/|$)/.test(new URL(url).pathname) ? url : `${url}/v1`);
