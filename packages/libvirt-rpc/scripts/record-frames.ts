/**
 * Records what goes over the wire between this package and a private libvirtd with one QEMU guest, for
 * `src/protocol/fixtures/`: one line per frame, `>` to the daemon, `<` from it, words in hexadecimal.
 *
 *   node --conditions=@instance-ha/source scripts/record-frames.ts > frames.txt
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { sharedLab } from '@instance-ha/lab/fixture';
import { connectLibvirt, dialUnix, libvirtEventTypes } from '../src/index.ts';

await using lab = await sharedLab();
const host = await lab.host('rec');
const guest = await host.guest('g', {
  uuid: '0d6f9f0a-5a3c-4b1e-9f52-3c1d7b8e6a41',
  watchdog: 'pause',
  ioDisk: {},
});
await guest.waitForPing();

function show(direction: '<' | '>', chunk: Buffer): void {
  for (let rest = chunk; rest.length > 0; rest = rest.subarray(rest.readUInt32BE(0))) {
    const frame = rest.subarray(0, rest.readUInt32BE(0)).toString('hex');
    console.log(`${direction} ${frame.match(/.{8}/g)?.join(' ')}`);
  }
}

async function open() {
  const stream = await dialUnix(host.socketPath);
  stream.on('data', chunk => show('<', chunk));
  const write = stream.write.bind(stream) as (chunk: Buffer) => boolean;
  return Object.assign(stream, {
    write: (chunk: Buffer) => {
      show('>', chunk);
      return write(chunk);
    },
  });
}

const connection = await connectLibvirt({ open });
const domain = await connection.lookupByUuid(guest.uuid);
await connection.domainState(domain);
await connection.domainInfo(domain);
await connection.allDomainStats({ groups: ['state', 'cpu'], active: true, noWait: true });
await connection.controlInfo(domain);
await connection.lookupByUuid('00000000-0000-4000-8000-000000000000').catch(() => {});
await connection.listDomains();
await connection.onEvent(libvirtEventTypes, () => {});
await connection.suspend(domain);
await connection.resume(domain);
await connection.agentCommand(domain, { execute: 'guest-ping' }, 5);
await connection.agentCommand(domain, { execute: 'nope' }, 5).catch(() => {});
await guest.fault('io-error');
await guest.waitForState('paused');
await connection.destroy(domain);
await connection.create(domain);
await guest.waitForPing();
await connection.reset(domain);
await guest.waitForPing();
await guest.fault('agent-kill');
await sleep(500);
await connection.agentCommand(domain, { execute: 'guest-ping' }, 5).catch(() => {});
await guest.fault('watchdog');
await guest.waitForState('paused');
await connection.destroy(domain);
await sleep(500);
await connection.agentCommand(domain, { execute: 'guest-ping' }, 5).catch(() => {});
await connection.close();
