import { describe, expect, it } from 'vitest';
import { cloudsYaml, credentialsOf, envFile } from './client-files.ts';
import { configurationFiles, type Ground } from './configuration.ts';
import { masakariMonitorConfiguration } from './masakari-monitor.ts';
import { placesIn } from './places.ts';
import type { Secrets } from './secrets.ts';
import { inOrder, servicesOf } from './services.ts';
import { settle } from './settings.ts';

const secrets: Secrets = {
  admin: 'ADMIN-PW',
  demo: 'DEMO-PW',
  service: 'SERVICE-PW',
  database: 'DATABASE-PW',
  messaging: 'MESSAGING-PW',
  erlangCookie: 'COOKIE',
};
const ground: Ground = {
  settings: settle({ ports: { keystone: 15_000 }, fakeComputes: ['f1'], kvmComputes: ['k1'] }, undefined),
  secrets,
  places: placesIn('/tmp/lab'),
};
const files = new Map(configurationFiles(ground).map(file => [file.path, file]));
const textOf = (path: string) => files.get(`/tmp/lab/${path}`)?.text ?? '';
const services = inOrder(servicesOf(ground, 'MARK', { node: 'node', networkStub: 'stub.ts' }));

describe('the configuration files', () => {
  it('lie in the folder of the lab, and nobody else can read or write them', () => {
    for (const { path, mode = 0o600 } of files.values()) {
      expect(path).toMatch(/^\/tmp\/lab\//);
      expect(mode & 0o077).toBe(0);
    }
  });

  it('give no nova-compute the databases', () => {
    expect(textOf('etc/nova/nova.conf')).toContain('DATABASE-PW');
    for (const host of ['f1', 'k1']) expect(textOf(`etc/compute/${host}.conf`)).not.toContain('DATABASE-PW');
  });

  it('send every service to the Keystone of this lab', () => {
    for (const path of ['etc/placement/placement.conf', 'etc/glance/glance-api.conf', 'etc/nova/nova.conf'])
      expect(textOf(path)).toContain('auth_url = http://127.0.0.1:15000/v3');
  });

  it('give the host on libvirt the private libvirtd, and the fake one the fake driver', () => {
    expect(textOf('etc/compute/k1.conf')).toContain(
      'connection_uri = qemu+unix:///system?socket=/tmp/lab/kvm/hosts/k1/run/libvirt-sock',
    );
    expect(textOf('etc/compute/k1.conf')).toContain('compute_driver = libvirt.LibvirtDriver');
    expect(textOf('etc/compute/f1.conf')).toContain('compute_driver = fake.FakeDriver');
    expect(textOf('etc/compute/f1.conf')).not.toContain('[libvirt]');
  });

  it('let nova-compute report six times in the time after which it counts as down', () => {
    expect(textOf('etc/compute/f1.conf')).toMatch(/service_down_time = 60\nreport_interval = 10\n/);
  });

  it('come out the same again', () => {
    expect(configurationFiles(ground)).toEqual([...files.values()]);
  });

  it("let Masakari's monitor log in and watch the private libvirtd", () => {
    const text = masakariMonitorConfiguration(ground, 'k1');
    expect(text).toContain('hostname = k1\n');
    expect(text).toContain('socket=/tmp/lab/kvm/hosts/k1/run/libvirt-sock');
    expect(text).toContain('region = RegionOne\n');
  });
});

describe('the services', () => {
  it('tell no secret by their arguments, which every user of the machine can read', () => {
    const lines = services.map(({ command, args }) => [command, ...args].join(' ')).join('\n');
    for (const secret of Object.values(secrets)) expect(lines).not.toContain(secret);
  });

  it('carry the mark of the lab, all of them', () => {
    for (const { env } of services) expect(env).toMatchObject({ INSTANCE_HA_OPENSTACK_LAB: 'MARK' });
  });

  it('end before what they talk to', () => {
    const wave = Object.fromEntries(services.map(service => [service.name, service.wave]));
    expect(wave['nova-compute-f1']).toBeLessThan(wave['nova-conductor'] ?? 0);
    expect(wave['nova-conductor']).toBeLessThan(wave.keystone ?? 0);
    expect(wave.keystone).toBeLessThan(wave.mariadb ?? 0);
  });
});

describe('the files for clients', () => {
  it('name three clouds, each with its own user and project', () => {
    const text = cloudsYaml(ground.settings, secrets);
    expect(text.match(/^ {2}\S+:$/gm)).toEqual(['  oslab:', '  oslab-instance-ha:', '  oslab-demo:']);
    expect(text).toContain('username: "demo"\n      password: "DEMO-PW"\n      project_name: "demo"');
  });

  it('set the variables a shell needs', () => {
    expect(envFile(credentialsOf(ground.settings, secrets)).split('\n')).toEqual(
      expect.arrayContaining([
        'export OS_AUTH_URL=http://127.0.0.1:15000/v3',
        'export OS_USERNAME=admin',
        'export OS_PASSWORD=ADMIN-PW',
        'export OS_PROJECT_NAME=admin',
      ]),
    );
  });
});
