import {
  type MasakariExtension,
  type MasakariVersions,
  type masakariContract,
  type masakariDiscoveryContract,
  type masakariRootContract,
  microversions,
  showMicroversion,
} from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { FastifyRequest } from 'fastify';
import { identityOf } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import { originOf } from './listing.ts';
import { notFound, printable } from './refusals.ts';

/** The day on which Masakari's version 1.0 was last changed. */
const updated = '2016-07-01T11:33:21Z';

const described = (request: FastifyRequest): MasakariVersions['versions'][number] => ({
  id: 'v1.0',
  status: 'CURRENT',
  version: showMicroversion(microversions.max),
  min_version: showMicroversion(microversions.min),
  updated,
  links: [{ rel: 'self', href: `${originOf(request)}/v1/` }],
});

export const rootHandlers: RouterHandlers<typeof masakariRootContract> = {
  versions: async ({ request }) => ({ status: 200, body: { versions: [described(request)] } }),
};

const version = async ({ request }: { request: FastifyRequest }) => {
  const { links, ...rest } = described(request);
  const describedBy = { rel: 'describedby', type: 'text/html', href: 'https://docs.openstack.org/' };
  const type = 'application/vnd.openstack.masakari+json;version=1';
  const body = {
    version: {
      ...rest,
      links: [...links, describedBy],
      'media-types': [{ base: 'application/json', type }],
    },
  };
  return { status: 200 as const, body };
};

export const discoveryHandlers: RouterHandlers<typeof masakariDiscoveryContract> = {
  version,
  versionWithSlash: version,
  versionById: version,
};

const extension = (alias: string, name: string, description: string): MasakariExtension => ({
  name,
  alias,
  description,
  namespace: '',
  updated: '',
  links: [],
});

/** Masakari's own, by its names and in the order of their aliases. */
const extensions: readonly MasakariExtension[] = [
  extension('extensions', 'Extensions', 'Extension information.'),
  extension('notifications', 'Notifications', 'Notification support.'),
  extension('os-hosts', 'Hosts', 'Hosts controller'),
  extension('segments', 'Segments', 'Segments Extension.'),
  extension('versions', 'Versions', 'API Version information.'),
  extension('vmoves', 'vmoves', 'vmoves controller'),
];

export function extensionHandlers({
  policy,
}: ApiContext): RouterHandlers<typeof masakariContract>['extensions'] {
  const seenBy = (request: FastifyRequest) =>
    extensions.filter(({ alias }) =>
      policy.allows(`os_masakari_api:${alias}:discoverable`, identityOf(request)),
    );
  return {
    list: async ({ request }) => ({ status: 200, body: { extensions: seenBy(request) } }),
    get: async ({ params, request }) => {
      const found = seenBy(request).find(({ alias }) => alias === params.alias);
      if (!found) throw notFound(`No extension with alias ${printable(params.alias)}.`);
      return { status: 200, body: { extension: found } };
    },
  };
}
