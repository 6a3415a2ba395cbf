import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxDefinitionLength, readProfile } from './profile.ts';

const domain = (inside: string): string => `<domain type='kvm' id='3'><name>a</name>${inside}</domain>`;
const devices = (inside: string): string => domain(`<devices>${inside}</devices>`);
const agent = `<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>`;

function profileOf(xml: string) {
  const reading = readProfile(xml);
  if (!reading.ok) throw new Error(reading.cause);
  return reading.profile;
}

describe('the definition of a guest', () => {
  it('tells how Nova’s default guest can fail and be heard', () => {
    const xml = `<?xml version='1.0'?><!-- made by nova --><domain type='kvm' id='7'>
      <name>instance-00000001</name>
      <metadata><nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1"><nova:name>&lt;x&gt;</nova:name></nova:instance></metadata>
      <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>destroy</on_crash>
      <devices><emulator>/usr/bin/qemu-system-x86_64</emulator>
        <channel type='unix'><source mode='bind' path='/x'/><target type='virtio' name='org.qemu.guest_agent.0'/><alias name='channel0'/></channel>
        <channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel>
        <memballoon model='virtio'/></devices></domain>`;
    expect(profileOf(xml)).toEqual({
      agentChannel: true,
      onCrash: 'destroy',
      panicDevice: false,
      watchdog: null,
    });
  });

  it.each([
    ['no channel at all', '', false],
    ['the agent’s', agent, true],
    ['another one', agent.replace('guest_agent', 'vdagent'), false],
    [
      'one of ours beside the agent’s',
      `${agent.replace('org.qemu.guest_agent.0', 'org.xavs.heartbeat.0')}${agent}`,
      true,
    ],
    ['one that is no virtio port', agent.replace("type='virtio'", "type='guestfwd'"), false],
  ])('agent channel: %s', (_what, inside, expected) => {
    expect(profileOf(devices(inside)).agentChannel).toBe(expected);
  });

  it.each(['destroy', 'restart', 'preserve', 'rename-restart', 'coredump-destroy', 'coredump-restart'])(
    'on_crash %s',
    onCrash => {
      expect(profileOf(domain(`<on_crash>${onCrash}</on_crash>`)).onCrash).toBe(onCrash);
    },
  );

  it('on_crash is destroy where the definition is silent, as in libvirt', () => {
    expect(profileOf(domain('')).onCrash).toBe('destroy');
  });

  it.each([
    ["<watchdog model='i6300esb' action='poweroff'/>", 'poweroff'],
    ["<watchdog model='itco'/>", 'reset'],
    ["<watchdog model='itco' action='inject-nmi'/>", 'inject-nmi'],
    ["<watchdog model='i6300esb' action='dump'/>", 'pause'],
    ["<watchdog model='i6300esb' action='reset'/><watchdog model='itco' action='reset'/>", 'reset'],
    ['', null],
  ])('watchdog: %s', (inside, action) => {
    expect(profileOf(devices(inside)).watchdog).toBe(action);
  });

  it.each([
    ["<panic model='isa'/>", true],
    ['<panic/>', true],
    ["<panic model='isa'><address type='isa' iobase='0x505'/></panic>", true],
    ['', false],
  ])('panic device: %s', (inside, expected) => {
    expect(profileOf(devices(inside)).panicDevice).toBe(expected);
  });
});

describe('a definition that cannot be looked into', () => {
  const bomb = `<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(50)}"><!ENTITY c "${'&b;'.repeat(50)}">]>`;
  it.each([
    ['nothing', '', 'well-formed'],
    ['no XML', 'Domain not found', 'well-formed'],
    ['cut short', devices(agent).slice(0, -20), 'well-formed'],
    ['tags that cross', '<domain><a><b></a></b></domain>', 'well-formed'],
    ['another document', '<network><name>default</name></network>', 'no <domain>'],
    ['an unknown on_crash', domain('<on_crash>reincarnate</on_crash>'), 'reincarnate'],
    ['deeper than any definition', `${'<domain>'.repeat(2000)}${'</domain>'.repeat(2000)}`, 'well-formed'],
    ['larger than any definition', domain(`<x>${'x'.repeat(maxDefinitionLength)}</x>`), 'at most'],
  ])('%s', (_what, xml, cause) => {
    expect(readProfile(xml)).toEqual({ ok: false, cause: expect.stringContaining(cause) });
  });

  it('is not blown up by entities', () => {
    const began = performance.now();
    expect(profileOf(`${bomb}${devices(`${agent}<x>&c;</x>`)}`).agentChannel).toBe(true);
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it.each(['__proto__', 'constructor', 'prototype'])('does not reach for %s', name => {
    const reading = readProfile(`<domain><${name}><devices>${agent}</devices></${name}></domain>`);
    expect(reading.ok && reading.profile.agentChannel).toBe(false);
  });

  it('never throws, whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '<domain>',
        '</domain>',
        '<devices>',
        agent,
        '<!--',
        ']]>',
        '<![CDATA[',
        '&#x0;',
        '<a b=">"',
        "<on_crash a='1'/>",
      ),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(piece), pieces => {
        const reading = readProfile(pieces.join(''));
        expect(typeof reading.ok).toBe('boolean');
      }),
    );
  });
});
