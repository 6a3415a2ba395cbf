import { OpenStackError } from '../openstack-error.ts';
import type { EndpointInterface } from '../settings/settings.ts';
import type { Catalogue } from './wire.ts';

export type EndpointWish = { type: string; interface: EndpointInterface; region: string | undefined };

/** The address of a service, without a slash at the end. Rejects by `OpenStackError` `no-endpoint`, saying what there is. */
export function findEndpoint(catalogue: Catalogue, wish: EndpointWish): string {
  const services = catalogue.filter(({ type }) => type === wish.type);
  const there = services.flatMap(({ endpoints }) => endpoints);
  const fitting = there.filter(
    one =>
      one.interface === wish.interface &&
      (wish.region === undefined || one.region_id === wish.region || one.region === wish.region),
  );
  const urls = new Set(fitting.map(({ url }) => url.replace(/\/+$/, '')));
  const [url] = urls;
  if (url !== undefined && urls.size === 1) return url;
  if (urls.size > 1)
    throw noEndpoint(
      `${urls.size} endpoints of ${inWords(wish)}: give the region, one of ${regionsOf(fitting)}`,
    );
  if (services.length === 0)
    throw noEndpoint(
      `no service "${wish.type}" in Keystone's catalogue (there is ${catalogue.map(({ type }) => type).join(', ') || 'none'})`,
    );
  const found = there.map(one => `${one.interface} in ${one.region_id ?? one.region}`).join(', ') || 'none';
  throw noEndpoint(`no endpoint of ${inWords(wish)} in Keystone's catalogue (there is ${found})`);
}

const noEndpoint = (message: string): OpenStackError =>
  new OpenStackError({ code: 'no-endpoint', message, sent: false });

const inWords = (wish: EndpointWish): string =>
  `"${wish.type}", interface ${wish.interface}${wish.region === undefined ? '' : `, region ${wish.region}`}`;

const regionsOf = (endpoints: readonly { region_id?: string | null | undefined }[]): string =>
  [...new Set(endpoints.map(({ region_id }) => region_id))].join(', ');
