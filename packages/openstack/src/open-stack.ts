import { readFileSync } from 'node:fs';
import type { Clock, Logger, Metrics } from '@instance-ha/ports';
import type { BreakerLimits } from './http/breaker.ts';
import { type CallBounds, type CallLimits, ServiceCaller, type ServiceName } from './http/caller.ts';
import { createTransport, type Transport, type TransportOptions } from './http/transport.ts';
import { type Login, login } from './keystone/login.ts';
import { KeystoneSession } from './keystone/session.ts';
import {
  type TokenValidator,
  type TokenValidatorLimits,
  tokenValidatorOf,
} from './keystone/token-validator.ts';
import { type MasakariInventory, masakariInventoryOf } from './masakari/inventory-client.ts';
import { type MasakariClient, masakariClientOf } from './masakari/masakari-client.ts';
import { type NovaClient, type NovaLimits, novaClientOf } from './nova/nova-client.ts';
import { OpenStackError } from './openstack-error.ts';
import type { KeystoneAuth, OpenStackSettings } from './settings/settings.ts';

export type OpenStackConnection = {
  settings: OpenStackSettings;
  clock: Clock;
  log: Logger;
  metrics?: Metrics | undefined;
  limits?: {
    calls?: Partial<CallLimits>;
    breaker?: BreakerLimits;
    nova?: Partial<NovaLimits>;
    transport?: Omit<TransportOptions, 'ca' | 'insecure'>;
  };
};

/** One cloud: its Keystone, Nova and Masakari, with one token and one set of connections between them. */
export type OpenStack = {
  nova: NovaClient;
  /** Segments and hosts of the service `instance-ha` in the catalogue: a Masakari, or what stands in its place. */
  masakariInventory: MasakariInventory;
  masakari: MasakariClient;
  createTokenValidator(limits?: Partial<TokenValidatorLimits>): TokenValidator;
  /** The id of the user we are to Keystone. Logs in when that was not done yet. Rejects with `OpenStackError`. */
  userId(bounds: { timeoutMs: number; signal: AbortSignal }): Promise<string>;
  /** Logs somebody else in, whose token is then theirs alone. Rejects with `OpenStackError`: `unauthorized` for wrong words. */
  logIn(auth: KeystoneAuth, bounds: CallBounds): Promise<Login>;
  /** Ends the connections; calls under way reject. */
  close(): Promise<void>;
};

/**
 * Connects nothing yet: the first call logs in. Throws `OpenStackError` `settings` when the CA file cannot be read. Every call
 * of it rejects with `OpenStackError` only.
 */
export function connectOpenStack(connection: OpenStackConnection): OpenStack {
  const { settings, clock, log, metrics, limits = {} } = connection;
  const transport: Transport = createTransport({
    ...limits.transport,
    ca: readCa(settings.caFile),
    insecure: settings.insecure,
  });
  if (settings.insecure) log.warn({ authUrl: settings.authUrl }, 'certificates of OpenStack are not checked');
  const callerOf = (service: ServiceName): ServiceCaller =>
    new ServiceCaller({
      service,
      transport,
      clock,
      log,
      metrics,
      limits: limits.calls,
      breaker: limits.breaker,
    });

  const keystone = callerOf('keystone');
  const session = new KeystoneSession({ settings, caller: keystone, clock, log });
  const { computeEndpoint, masakariEndpoint, authUrl } = settings;
  const masakari = {
    session,
    caller: callerOf('masakari'),
    endpoint: async (bounds: Parameters<KeystoneSession['endpoint']>[1]) =>
      masakariEndpoint ?? session.endpoint('instance-ha', bounds),
  };
  return {
    nova: novaClientOf({
      session,
      caller: callerOf('nova'),
      endpoint: async bounds => computeEndpoint ?? session.endpoint('compute', bounds),
      limits: limits.nova,
    }),
    masakariInventory: masakariInventoryOf(masakari),
    masakari: masakariClientOf(masakari),
    createTokenValidator: validatorLimits =>
      tokenValidatorOf({ session, caller: keystone, authUrl, clock, limits: validatorLimits }),
    logIn: async (auth, bounds) => login(keystone, { ...settings, auth }, bounds),
    userId: async bounds => session.userId(bounds),
    async close() {
      session.close();
      await transport.close();
    },
  };
}

function readCa(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new OpenStackError({
      code: 'settings',
      message: `"caFile" (cacert in clouds.yaml, OS_CACERT): cannot be read: ${(error as Error).message}`,
      sent: false,
      cause: error,
    });
  }
}
