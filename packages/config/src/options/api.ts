import { optionsOf } from '../catalogue/option.ts';
import { absolutePath, address, boolean, integer, kibibytes } from '../catalogue/value-types.ts';

const option = optionsOf('api');

/** `[api]`: the HTTP service. */
export const apiOptions = {
  listen: option({
    name: 'listen',
    type: address(),
    default: '127.0.0.1',
    description:
      'Address that the API listens on. Tokens travel with every request, so that the default is loopback: let a proxy ' +
      'with TLS on this host stand before it. Any other address is refused without allow_plain_http.',
    aliases: [{ group: 'DEFAULT', name: 'masakari_api_listen' }],
    reloadable: false,
    services: ['api'],
  }),
  port: option({
    name: 'port',
    type: integer({ min: 1, max: 65_535 }),
    default: '15868',
    description:
      'TCP port of the API. The default is the port of the Masakari API, which its clients expect.',
    aliases: [{ group: 'DEFAULT', name: 'masakari_api_listen_port' }],
    reloadable: false,
    services: ['api'],
  }),
  allowPlainHttp: option({
    name: 'allow_plain_http',
    type: boolean(),
    default: 'False',
    description:
      'Whether the API may listen on an address that is not loopback, though it speaks plain HTTP and everybody on the way ' +
      'can read the tokens. The default refuses to start; set it where the network is trusted or encrypts by itself.',
    reloadable: false,
    services: ['api'],
  }),
  bodyLimitBytes: option({
    name: 'body_limit_kib',
    type: kibibytes({ min: 1, max: 16_384 }),
    default: '256',
    description:
      'KiB that the body of one request may have. A notification takes about 2 KiB. The reports of monitors, about 0.3 KiB ' +
      'for each instance, have a limit of their own: 4 MiB.',
    reloadable: false,
    services: ['api'],
  }),
  rateLimit: option({
    name: 'rate_limit',
    type: integer({ min: 0, max: 10_000_000, unit: 'requests' }),
    default: '60000',
    description:
      'Requests that one client address may make in a minute, 0 for no limit. The default, a thousand a second, lets a ' +
      'monitor empty a full spool in ten seconds and still stops a client that runs wild.',
    reloadable: false,
    services: ['api'],
  }),
  authFailureLimit: option({
    name: 'auth_failure_limit',
    type: integer({ min: 1, max: 1_000_000, unit: 'requests' }),
    default: '30',
    description:
      'Requests with a wrong token that one client address may make in a minute before it is refused for the rest of it. ' +
      'The default forgives a few wrongly configured monitors behind one address and makes guessing hopeless.',
    reloadable: false,
    services: ['api'],
  }),
  tokensPath: option({
    name: 'tokens_path',
    type: absolutePath(),
    default: '$state_path/tokens',
    description:
      'Folder with the tokens that the API makes at its first start, each in a file of its own with mode 0600. The default ' +
      'keeps them with the rest of the state.',
    reloadable: false,
    services: ['monitor', 'api'],
  }),
  maxPage: option({
    name: 'max_page',
    type: integer({ min: 1, max: 10_000, unit: 'rows' }),
    default: '1000',
    description: 'Rows that one page of a listing holds at most. The default is that of OpenStack services.',
    aliases: [{ group: 'DEFAULT', name: 'osapi_max_limit' }],
    reloadable: false,
    services: ['api'],
  }),
};
