import { isGuestScript } from '../world/guest-faults.ts';
import { DoesNotApply, type World } from '../world/world.ts';
import { beginMigration, breakMigration, migrate } from './migrate.ts';

type Command = {
  /** Names of the arguments; the last one takes the rest of the line when it ends with `…`. */
  takes: readonly string[];
  does: (world: World, ...told: string[]) => void;
};

/** What can happen in a story, beside what befalls a guest (`guestDoings`, told as `WHAT GUEST…`). */
export const commands: Readonly<Record<string, Command>> = {
  /** The guest's next so many boots never answer. */
  mute: {
    takes: ['guest', 'boots'],
    does: (world, guest, boots) => {
      world.guest(guest ?? '').truth.muteBoots = count(boots);
    },
  },
  /** Somebody destroys it and starts it again at once. */
  'power-cycle': {
    takes: ['guest'],
    does: (world, guest = '') => {
      world.inflict(guest, 'destroy');
      world.inflict(guest, 'start');
    },
  },
  migrate: { takes: ['guest', 'host'], does: (world, guest = '', host = '') => migrate(world, guest, host) },
  'migration-begins': {
    takes: ['guest', 'host'],
    does: (world, guest = '', host = '') => beginMigration(world, guest, host),
  },
  'qemu-killed-migrating': { takes: ['guest'], does: (world, guest = '') => breakMigration(world, guest) },

  /** A process of a host crashes, is stopped in an orderly way, or is started by somebody. */
  'process-killed': {
    takes: ['host', 'process'],
    does: (world, host = '', process = '') => world.host(host).processes.befall(process, 'killed'),
  },
  /** It crashes, and its next so many restarts bring nothing. */
  'process-broken': {
    takes: ['host', 'process', 'restarts'],
    does: (world, host = '', process = '', restarts = '') =>
      world.host(host).processes.befall(process, 'killed', count(restarts)),
  },
  'process-stopped': {
    takes: ['host', 'process'],
    does: (world, host = '', process = '') => world.host(host).processes.befall(process, 'stopped'),
  },
  'process-started': {
    takes: ['host', 'process'],
    does: (world, host = '', process = '') => world.host(host).processes.befall(process, 'started'),
  },

  'libvirtd-stop': {
    takes: ['host'],
    does: (world, name = '') => {
      const host = world.host(name);
      if (host.libvirtdIs === 'down') throw new DoesNotApply('it is down');
      if (host.libvirtdIs === 'frozen') host.thawLibvirtd();
      host.stopLibvirtd();
    },
  },
  'libvirtd-start': {
    takes: ['host'],
    does: (world, name = '') => expectLibvirtd(world, name, 'down').startLibvirtd(),
  },
  'libvirtd-freeze': {
    takes: ['host'],
    does: (world, name = '') => expectLibvirtd(world, name, 'up').freezeLibvirtd(),
  },
  'libvirtd-thaw': {
    takes: ['host'],
    does: (world, name = '') => expectLibvirtd(world, name, 'frozen').thawLibvirtd(),
  },
  'libvirtd-drop': {
    takes: ['host'],
    does: (world, name = '') => expectLibvirtd(world, name, 'up').dropConnections(),
  },

  'api-away': { takes: [], does: world => world.setApi('away') },
  'api-deaf': { takes: [], does: world => world.setApi('deaf') },
  'api-back': { takes: [], does: world => world.setApi('up') },
  'database-away': { takes: [], does: world => world.setDatabase('away') },
  'database-back': { takes: [], does: world => world.setDatabase('up') },
  'disk-full': {
    takes: ['host'],
    does: (world, name = '') => world.host(name).disk.setFault('ENOSPC: no space left on device'),
  },
  'disk-mend': {
    takes: ['host'],
    does: (world, name = '') => world.host(name).disk.setFault(undefined),
  },

  /** SIGKILL, SIGTERM, SIGSTOP, SIGCONT to `monitor-HOST` or `worker-N`; `start` begins a new one. */
  kill: { takes: ['program'], does: (world, name = '') => world.kill(name) },
  stop: { takes: ['program'], does: (world, name = '') => world.program(name).stop() },
  freeze: { takes: ['program'], does: (world, name = '') => world.program(name).freeze() },
  thaw: { takes: ['program'], does: (world, name = '') => void world.program(name).thaw() },
  start: {
    takes: ['program'],
    does: (world, name = '') => {
      const host = /^monitor-(.+)$/.exec(name)?.[1];
      if (host === undefined) world.startWorker(name);
      else world.startMonitor(world.host(host));
    },
  },

  pause: {
    takes: ['seconds', 'reason…'],
    does: (world, seconds, reason = '') => void world.pause(count(seconds), reason).catch(() => {}),
  },
  unpause: { takes: [], does: world => void world.unpause().catch(() => {}) },
  set: {
    takes: ['section.option', 'value'],
    does: (world, key = '', value = '') => {
      const [section = '', option = ''] = key.split('.');
      world.setOption(section, option, value);
    },
  },
  'wall-jump': {
    takes: ['host', 'seconds'],
    does: (world, name = '', seconds) => {
      world.host(name).wallAheadMs += count(seconds) * 1000;
    },
  },
};

/** Does what one line of a script says. Throws `RangeError` for what is no command, `DoesNotApply` when it cannot happen now. */
export function doCommand(world: World, line: string): void {
  const [word = '', ...told] = line.split(' ');
  const command = isGuestCommand(word, told) ? undefined : commands[word];
  if (command) command.does(world, ...argumentsOf(word, command, told));
  else if (isGuestScript(word)) for (const name of told.flatMap(namesIn)) world.inflict(name, word);
  else throw new RangeError(`"${word}" is no command and befalls no guest`);
}

/** `start web` is a guest's, `start worker-1` a program's. */
const isGuestCommand = (word: string, [name = '']: string[]): boolean =>
  word === 'start' && !/^(worker|monitor)-/.test(name);

function argumentsOf(word: string, { takes }: Command, told: string[]): string[] {
  const rest = takes.at(-1)?.endsWith('…') ?? false;
  if (rest ? told.length < takes.length : told.length !== takes.length)
    throw new RangeError(`${word} takes ${takes.join(' ') || 'nothing'}, found "${told.join(' ')}"`);
  return rest ? [...told.slice(0, takes.length - 1), told.slice(takes.length - 1).join(' ')] : told;
}

/** `web`, or `g1..g8` for eight of them. */
function namesIn(told: string): string[] {
  const range = /^(\D+)(\d+)\.\.\1(\d+)$/.exec(told);
  if (!range) return [told];
  const [, stem, first, last] = range;
  return Array.from(
    { length: Number(last) - Number(first) + 1 },
    (_, index) => `${stem}${Number(first) + index}`,
  );
}

function count(told: string | undefined): number {
  const number = Number(told);
  if (told === undefined || !Number.isFinite(number))
    throw new RangeError(`expected a number, found ${told}`);
  return number;
}

function expectLibvirtd(world: World, name: string, is: 'up' | 'down' | 'frozen') {
  const host = world.host(name);
  if (host.libvirtdIs !== is) throw new DoesNotApply(`libvirtd of ${name} is ${host.libvirtdIs}`);
  return host;
}
