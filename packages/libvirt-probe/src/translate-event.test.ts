import type { LibvirtEvent } from '@instance-ha/libvirt-rpc';
import { expect, it } from 'vitest';
import { translateEvent } from './translate-event.ts';

const domain = { name: 'a', uuid: '11111111-1111-4111-8111-111111111111', id: 7 };
const disk = { sourcePath: '/disk', deviceAlias: 'virtio-disk0' };

it.each<[LibvirtEvent, object | undefined]>([
  [
    { type: 'lifecycle', domain, event: 5, detail: 5 },
    { type: 'lifecycle', event: 'stopped', detail: 'failed', domainId: 7 },
  ],
  [
    { type: 'lifecycle', domain: { ...domain, id: -1 }, event: 8, detail: 0 },
    { type: 'lifecycle', event: 'crashed', detail: 'panicked', domainId: null },
  ],
  [
    { type: 'lifecycle', domain, event: 2, detail: 1 },
    { type: 'lifecycle', event: 'started', detail: 'migrated', domainId: 7 },
  ],
  [{ type: 'lifecycle', domain, event: 77, detail: 0 }, undefined],
  [{ type: 'reboot', domain }, { type: 'reboot' }],
  [
    { type: 'watchdog', domain, action: 3 },
    { type: 'watchdog', action: 'poweroff' },
  ],
  [
    { type: 'io-error', domain, ...disk, action: 1 },
    { type: 'io-error', action: 'pause', reason: null },
  ],
  [
    { type: 'io-error-reason', domain, ...disk, action: 1, reason: 'enospc' },
    { type: 'io-error', action: 'pause', reason: 'enospc' },
  ],
  [
    { type: 'io-error-reason', domain, ...disk, action: 2, reason: '' },
    { type: 'io-error', action: 'report', reason: null },
  ],
  [{ type: 'control-error', domain }, { type: 'control-error' }],
  [
    { type: 'agent-lifecycle', domain, state: 1, reason: 2 },
    { type: 'agent', state: 'connected', reason: 'channel' },
  ],
  [
    { type: 'agent-lifecycle', domain, state: 2, reason: 9 },
    { type: 'agent', state: 'disconnected', reason: 'unknown' },
  ],
  [{ type: 'agent-lifecycle', domain, state: 0, reason: 0 }, undefined],
])('%o', (event, signal) => {
  expect(translateEvent(event, 1_234)).toEqual(signal && { ...signal, atMs: 1_234 });
});
