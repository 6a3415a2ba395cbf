import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client.ts';

export const operationsKey = ['operations'] as const;
const shown = 20;

export const operationList = queryOptions({
  queryKey: [...operationsKey, 'list'],
  queryFn: async ({ signal }) =>
    (await api.v2.operations.list({ query: { limit: shown }, signal })).body.operations,
});

export const operationDetail = (id: number) =>
  queryOptions({
    queryKey: [...operationsKey, id],
    queryFn: async ({ signal }) => (await api.v2.operations.get({ params: { id: String(id) }, signal })).body,
  });

export const preview = (revision: number) =>
  queryOptions({
    queryKey: ['configuration', 'preview', revision],
    queryFn: async ({ signal }) => (await api.v2.configuration.preview({ body: { revision }, signal })).body,
  });
