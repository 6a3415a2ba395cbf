import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Commands of the system that a unit may run beside its own binary. */
const systemCommands = ['/bin/kill'];

/** Each app's systemd units are shipped with it, run a binary that the package has, and reload only what can be reloaded. */
export function checkUnits(root: string): string[] {
  const faults: string[] = [];
  for (const app of readdirSync(join(root, 'apps')).sort()) {
    const folder = join(root, 'apps', app, 'systemd');
    if (!existsSync(folder)) continue;
    const manifest = readFileSync(join(root, 'apps', app, 'package.json'), 'utf8');
    const { bin = {}, files = [] } = JSON.parse(manifest) as Manifest;
    if (!files.includes('systemd'))
      faults.push(`apps/${app}/package.json: expected "systemd" among its files`);
    const main = readFileSync(join(root, 'apps', app, 'src/main.ts'), 'utf8');
    for (const unit of readdirSync(folder)) {
      const where = `apps/${app}/systemd/${unit}`;
      const lines = readFileSync(join(folder, unit), 'utf8').split('\n');
      for (const fault of faultsOf(lines, { bins: Object.keys(bin), main }))
        faults.push(`${where}: ${fault}`);
    }
  }
  return faults;
}

type Manifest = { bin?: Record<string, string>; files?: string[] };

function faultsOf(lines: readonly string[], app: { bins: string[]; main: string }): string[] {
  const faults: string[] = [];
  const commands = lines.flatMap(line => {
    const [, key = '', value = ''] = /^(Exec\w+)=[-@:+!]*(.+)$/.exec(line) ?? [];
    return key ? [{ key, words: value.split(/\s+/) }] : [];
  });
  if (!commands.some(({ key }) => key === 'ExecStart')) faults.push('expected an ExecStart, found none');
  for (const { key, words } of commands) {
    const [path = '', ...flags] = words;
    if (systemCommands.includes(path)) continue;
    if (path !== `/usr/bin/${basename(path)}` || !app.bins.includes(basename(path)))
      faults.push(
        `${key}: expected ${app.bins.map(bin => `/usr/bin/${bin}`).join(' or ')}, as package.json has it, found ${path}`,
      );
    for (const flag of flags.filter(word => word.startsWith('-')))
      if (!isFlag(flag, app.main)) faults.push(`${key}: ${basename(path)} has no flag ${flag}`);
  }
  const reloads = commands.some(({ key }) => key === 'ExecReload');
  const canReload = /\breloads\b/.test(app.main);
  if (reloads && !canReload) faults.push('ExecReload: the service takes no new configuration while it runs');
  if (!reloads && canReload)
    faults.push('expected an ExecReload: the service takes a new configuration at SIGHUP');
  return faults;
}

/** Of the front that all services share. */
const commonFlags = ['config-file', 'config-dir', 'check', 'version', 'help'];

function isFlag(flag: string, main: string): boolean {
  const name = flag.replace(/^--/, '').replace(/=.*/, '');
  return commonFlags.includes(name) || new RegExp(`^\\s+'?${name}'?: \\{`, 'm').test(main);
}
