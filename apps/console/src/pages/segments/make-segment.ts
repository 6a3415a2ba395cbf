import { api } from '../../api/client.ts';
import { writeAttributes } from '../../model/control-attributes.ts';
import type { HostDraft } from './host-fields.tsx';
import type { SegmentDraft } from './segment-fields.tsx';

/** What of a wizard's work is done already, so that a second try goes on and makes nothing twice. */
export type Made = { segmentUuid: string | undefined; hosts: readonly string[] };

/** Makes a segment and puts its hosts into it, one after the other. Resolves to its UUID. */
export async function makeSegment(work: {
  segment: SegmentDraft;
  hosts: readonly HostDraft[];
  made: Made;
  onMade: (made: Made) => void;
}): Promise<string> {
  const { segment, hosts, onMade } = work;
  let { made } = work;
  const note = (next: Made): void => {
    made = next;
    onMade(next);
  };
  const segmentUuid = made.segmentUuid ?? (await createSegment(segment));
  note({ ...made, segmentUuid });
  for (const host of hosts) {
    if (host.name.trim() === '' || made.hosts.includes(host.name)) continue;
    await api.v2.hosts.create({ body: { ...hostBody(host), segmentUuid } });
    note({ ...made, hosts: [...made.hosts, host.name] });
  }
  return segmentUuid;
}

async function createSegment({ description, ...segment }: SegmentDraft): Promise<string> {
  const body = { ...segment, description: description === '' ? null : description };
  return (await api.v2.segments.create({ body })).body.segment.uuid;
}

export const hostBody = ({ attributes, ...host }: HostDraft) => ({
  ...host,
  controlAttributes: writeAttributes(attributes),
});
