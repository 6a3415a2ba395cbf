import type { FakeGuest } from '@instance-ha/libvirt-rpc/fake-server';
import type { GuestSpec } from './world-spec.ts';

/** The XML that libvirt gives of a guest: as much of it as the product reads. */
export function definition(spec: GuestSpec, guest: FakeGuest): string {
  const agentState = guest.active ? ` state='${guest.agent.connected ? 'connected' : 'disconnected'}'` : '';
  const devices = [
    ...(spec.agent
      ? [
          `<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'${agentState}/></channel>`,
          `<panic model='isa'/>`,
        ]
      : []),
    ...(spec.watchdog === undefined ? [] : [`<watchdog model='i6300esb' action='${spec.watchdog}'/>`]),
  ];
  return [
    `<domain type='qemu'${guest.active ? ` id='${guest.id}'` : ''}>`,
    `<name>${guest.name}</name><uuid>${guest.uuid}</uuid>`,
    `<on_crash>${spec.onCrash}</on_crash>`,
    `<devices>${devices.join('')}</devices>`,
    '</domain>',
  ].join('\n');
}
