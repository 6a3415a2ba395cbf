import type { CatalogueOption } from '@instance-ha/contracts';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

/** The one file there is; `host` names whose override of it is meant. */
export const fileName = 'instance-ha.conf';
const params = { file: fileName } as const;
const ofHost = (host: string | undefined) => (host === undefined ? {} : { host });

export const configurationKey = ['configuration'] as const;
const savesShown = 50;

export const configurationTree = queryOptions({
  queryKey: [...configurationKey, 'tree'],
  queryFn: async ({ signal }) => (await api.v2.configuration.tree({ signal })).body,
});

export const optionCatalogue = queryOptions({
  queryKey: ['catalogue'],
  queryFn: async ({ signal }): Promise<CatalogueOption[]> =>
    (await api.v2.configuration.catalogue({ signal })).body.options,
  staleTime: Number.POSITIVE_INFINITY,
});

/** Asked for once: what somebody is editing is not changed under their hands. */
export const configurationText = (host: string | undefined) =>
  queryOptions({
    queryKey: ['configuration-text', host ?? ''],
    queryFn: async ({ signal }) =>
      (await api.v2.configuration.get({ params, query: ofHost(host), signal })).body,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });

export const saveList = (host: string | undefined) =>
  queryOptions({
    queryKey: [...configurationKey, 'saves', host ?? ''],
    queryFn: async ({ signal }) =>
      (
        await api.v2.configuration.revisions({
          params,
          query: { ...ofHost(host), limit: savesShown },
          signal,
        })
      ).body.revisions,
  });

/** What a save changed against another one; without `against`, the one before it. */
export const saveDetail = (asked: {
  host: string | undefined;
  revision: number;
  against: number | undefined;
}) =>
  queryOptions({
    queryKey: [...configurationKey, 'save', asked],
    queryFn: async ({ signal }) => {
      const { host, revision, against } = asked;
      const query = { ...ofHost(host), ...(against === undefined ? {} : { against }) };
      return (
        await api.v2.configuration.revision({
          params: { ...params, revision: String(revision) },
          query,
          signal,
        })
      ).body;
    },
  });

export const validation = (text: string, host: string | undefined) =>
  queryOptions({
    queryKey: ['validation', host ?? '', text],
    queryFn: async ({ signal }) =>
      (await api.v2.configuration.validate({ body: { text, ...ofHost(host) }, signal })).body,
    gcTime: 10_000,
  });

/** What was typed against a revision of the same file; 0: against nothing. */
export const comparison = (text: string, host: string | undefined, against: number) =>
  queryOptions({
    queryKey: ['comparison', host ?? '', against, text],
    queryFn: async ({ signal }) =>
      (await api.v2.configuration.validate({ body: { text, against, ...ofHost(host) }, signal })).body
        .lines ?? null,
    gcTime: 10_000,
  });

export const saveText = async (save: {
  host: string | undefined;
  text: string;
  etag: string;
  comment: string;
}) => {
  const { host, text, etag, comment } = save;
  const body = { text, ...(comment.trim() === '' ? {} : { comment: comment.trim() }) };
  return (
    await api.v2.configuration.save({ params, query: ofHost(host), headers: { 'if-match': etag }, body })
  ).body;
};
