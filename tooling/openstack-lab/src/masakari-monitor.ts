import { type Ground, guestLabUri, login } from './configuration.ts';
import { type Ini, renderIni } from './ini.ts';
import { baseEnvironment, type Service } from './services.ts';

export const masakariMonitorService = (host: string) => `masakari-instancemonitor-${host}`;

/**
 * masakarimonitors.conf for the instance monitor of one host. Masakari's monitors ask Keystone's catalogue for the service
 * `instance-ha`, so the API they speak to is set there.
 */
export function masakariMonitorConfiguration(ground: Ground, host: string): string {
  const { region_name: region, ...credentials } = login(ground, 'instance-ha');
  const ini: Ini = {
    DEFAULT: { hostname: host, tempdir: ground.places.computeFolder(host) },
    libvirt: { connection_uri: guestLabUri(ground.places, host) },
    callback: { retry_max: 3, retry_interval: 2 },
    api: { ...credentials, region: region ?? '', api_interface: 'public' },
  };
  return renderIni(ini);
}

export function masakariMonitor(ground: Ground, mark: string, host: string): Service {
  return {
    name: masakariMonitorService(host),
    command: 'masakari-instancemonitor',
    args: ['--config-file', ground.places.etc('masakarimonitors', `${host}.conf`)],
    env: baseEnvironment(ground, mark),
    ready: undefined,
    wave: 1,
    stopTimeoutMs: 8_000,
  };
}
