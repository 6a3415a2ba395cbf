import { optionsOf } from '../catalogue/option.ts';
import {
  absolutePath,
  address,
  boolean,
  choice,
  integer,
  kibibytes,
  optional,
  seconds,
} from '../catalogue/value-types.ts';

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
    hostOnly: true,
    services: ['monitor', 'api'],
  }),
  authStrategy: option({
    name: 'auth_strategy',
    type: choice({ token: 'token', keystone: 'keystone' }),
    default: 'token',
    description:
      'Whose tokens the API believes. token: its own, those of tokens_path. keystone: those of Keystone, whose roles then ' +
      'decide, and its own still, so that its monitors need no user. The default needs no other service.',
    aliases: [{ group: 'DEFAULT', name: 'auth_strategy', note: 'noauth2 is not known here' }],
    reloadable: false,
    services: ['api'],
  }),
  sessionTimeoutMs: option({
    name: 'session_timeout',
    type: seconds({ min: 60, max: 604_800, whole: true }),
    default: '28800',
    description:
      'How long a sign-in to the console lasts at most; it ends with its token in any case. The default is a working day.',
    reloadable: false,
    services: ['api'],
  }),
  keyFile: option({
    name: 'key_file',
    type: absolutePath(),
    default: '$state_path/keys',
    description:
      'File with the keys that seal the control attributes of hosts in the database, made at the first start with mode ' +
      '0600. Every API of one database needs the same file; keep its backup apart from that of the database.',
    reloadable: false,
    services: ['api'],
  }),
  policyFile: optionsOf('oslo_policy')({
    name: 'policy_file',
    type: optional(absolutePath()),
    description:
      'File with policy rules in the language of oslo.policy that replace the defaults: os_masakari_api:… for /v1, ' +
      'instance_ha:… for /v2. Left empty, which is the default, admins may everything, readers look and monitors file.',
    reloadable: false,
    services: ['api'],
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
