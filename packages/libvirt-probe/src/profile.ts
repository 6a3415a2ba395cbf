import type { GuestProfile, WatchdogAction } from '@instance-ha/guest-health';
import { XMLParser } from 'fast-xml-parser';

/** What the definition says; `persistent` is no part of it, libvirt tells that elsewhere. */
export type DefinedProfile = Omit<GuestProfile, 'persistent'>;

/** `ok: false` is a definition that could not be looked into. It says nothing about the guest. */
export type ProfileReading = { ok: true; profile: DefinedProfile } | { ok: false; cause: string };

/** The largest definition that is looked into; libvirt's own are some ten thousand characters long. */
export const maxDefinitionLength = 1_048_576;

const agentChannelName = 'org.qemu.guest_agent.0';

const crashActions: readonly string[] = [
  'destroy',
  'restart',
  'preserve',
  'rename-restart',
  'coredump-destroy',
  'coredump-restart',
] satisfies GuestProfile['onCrash'][];

const watchdogActions: Readonly<Record<string, WatchdogAction>> = {
  none: 'none',
  pause: 'pause',
  reset: 'reset',
  poweroff: 'poweroff',
  shutdown: 'shutdown',
  dump: 'pause', // libvirt's own invention: QEMU pauses, libvirt dumps and resumes. Its event says pause, too.
  'inject-nmi': 'inject-nmi',
};

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  processEntities: false, // No entity is needed for what is read here, and none can be blown up.
  ignoreDeclaration: true,
  ignorePiTags: true,
  maxNestedTags: 64,
});

/**
 * Reads out of a domain's XML how the guest can fail and be heard. Never throws: a definition that is broken, hostile,
 * too large or not of a domain is `ok: false` with the cause.
 *
 * Elements of https://libvirt.org/formatdomain.html: `on_crash`, `channel`, `panic`, `watchdog`, with libvirt's defaults
 * where the XML is silent.
 */
export function readProfile(xml: string): ProfileReading {
  if (xml.length > maxDefinitionLength) {
    return unreadable(`is ${xml.length} characters long, at most ${maxDefinitionLength} are looked into`);
  }
  let document: unknown;
  try {
    document = parser.parse(xml, true);
  } catch (error) {
    return unreadable(`is not well-formed XML: ${error instanceof Error ? error.message : String(error)}`);
  }
  const domain = child(document, 'domain');
  if (domain === undefined) return unreadable('has no <domain> element');
  const devices = child(domain, 'devices');
  const onCrash = text(child(domain, 'on_crash')) ?? 'destroy';
  if (!isCrashAction(onCrash))
    return unreadable(`has <on_crash> "${onCrash.slice(0, 40)}", which libvirt does not name`);

  const [watchdog] = children(devices, 'watchdog');
  return {
    ok: true,
    profile: {
      agentChannel: children(devices, 'channel').some(isAgentChannel),
      onCrash,
      panicDevice: children(devices, 'panic').length > 0,
      watchdog:
        watchdog === undefined
          ? null
          : (watchdogActions[text(child(watchdog, '@action')) ?? 'reset'] ?? 'none'),
    },
  };
}

const unreadable = (cause: string): ProfileReading => ({ ok: false, cause: `the definition ${cause}` });

function isAgentChannel(channel: unknown): boolean {
  const target = child(channel, 'target');
  return text(child(target, '@type')) === 'virtio' && text(child(target, '@name')) === agentChannelName;
}

const isCrashAction = (word: string): word is GuestProfile['onCrash'] => crashActions.includes(word);

/** The first child of that name. An empty element is parsed to an empty string: it is there. */
const child = (parent: unknown, name: string): unknown => children(parent, name)[0];

function children(parent: unknown, name: string): readonly unknown[] {
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, name)) return [];
  const found = (parent as Record<string, unknown>)[name];
  return Array.isArray(found) ? found : [found];
}

/** The text of an attribute or of an element, which may have attributes beside it. */
function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? text(child(value, '#text')) : undefined;
}
