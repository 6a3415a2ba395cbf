import { optionsOf } from '../catalogue/option.ts';
import { days, integer, optional, secret, url } from '../catalogue/value-types.ts';

const option = optionsOf('database');

/** `[database]`: where everything is kept. */
export const databaseOptions = {
  connection: option({
    name: 'connection',
    type: optional(
      secret(
        url({
          schemes: ['postgres', 'postgresql'],
          expects: 'a PostgreSQL URL like postgres://user:password@host/database',
        }),
      ),
    ),
    description:
      'The PostgreSQL to use. Left empty, which is the default, the API starts an embedded one below state_path, which ' +
      'is right for one machine. Write $$ for each $ in the password.',
    reloadable: false,
    hostOnly: true,
    services: ['worker', 'api'],
  }),
  poolSize: option({
    name: 'pool_size',
    type: integer({ min: 2, max: 1000, unit: 'connections' }),
    default: '10',
    description:
      'Connections that each service opens at most. Ten of each leave room for several APIs and workers below the 100 of a ' +
      'PostgreSQL as installed.',
    aliases: [{ group: 'database', name: 'max_pool_size' }],
    reloadable: false,
    services: ['worker', 'api'],
  }),
  retentionMs: option({
    name: 'retention_days',
    type: days({ min: 1, max: 3650 }),
    default: '90',
    description:
      'Days that notifications which are over are kept, with their recoveries. The default covers a quarter, the usual span ' +
      'of an availability report.',
    reloadable: false,
    services: ['api'],
  }),
};
