import type { Host, Segment } from '@instance-ha/contracts';
import type { MasakariHost, MasakariSegment } from '@instance-ha/openstack';
import { describe, expect, it } from 'vitest';
import { type Ours, plan } from './plan.ts';

const theirSegment = (told: Partial<MasakariSegment> = {}): MasakariSegment => ({
  id: 1,
  uuid: 'theirs',
  name: 'rack-7',
  description: null,
  serviceType: 'COMPUTE',
  recoveryMethod: 'auto',
  enabled: true,
  ...told,
});
const theirHost = (told: Partial<MasakariHost> = {}): MasakariHost => ({
  id: 1,
  uuid: 'theirs',
  name: 'node1',
  type: 'COMPUTE',
  controlAttributes: 'SSH',
  reserved: false,
  onMaintenance: false,
  ...told,
});
const ourSegment: Segment = {
  id: 9,
  uuid: 'ours',
  name: 'rack-7',
  description: null,
  serviceType: 'COMPUTE',
  recoveryMethod: 'auto',
  enabled: true,
  createdAt: '',
  updatedAt: null,
};
const ourHost: Host = {
  id: 9,
  uuid: 'ours',
  name: 'node1',
  segmentUuid: 'ours',
  type: 'COMPUTE',
  reserved: false,
  onMaintenance: false,
  controlAttributes: 'SSH',
  createdAt: '',
  updatedAt: null,
};
const nothing: Ours = { segments: [], hosts: [] };

const story = (ours: Ours, segment: Partial<MasakariSegment>, host: Partial<MasakariHost>): string[] =>
  plan([{ segment: theirSegment(segment), hosts: [theirHost(host)] }], ours).map(
    ({ action, name, why }) => `${action} ${name}: ${why}`,
  );

describe('what is taken over', () => {
  it('is what is not here yet, each host after its segment', () => {
    expect(story(nothing, {}, {})).toEqual(['create rack-7: ', 'create node1: ']);
  });

  it('is a host alone where its segment is here', () => {
    expect(story({ segments: [ourSegment], hosts: [] }, {}, {})).toEqual(['same rack-7: ', 'create node1: ']);
  });

  it('is no segment whose recovery method nobody knows, and none of its hosts', () => {
    expect(story(nothing, { recoveryMethod: 'magic' }, {})).toEqual([
      'refuse rack-7: its recovery method magic is not known here: expected one of auto, reserved_host, auto_priority, rh_priority',
      'refuse node1: its segment rack-7 is refused',
    ]);
  });

  it('is no host whose control attributes are hidden from us: *** would be kept as if it were one', () => {
    expect(story(nothing, {}, { controlAttributes: '***' })[1]).toMatch(
      /^refuse node1: its control attributes are hidden/,
    );
  });
});

describe('what is here already', () => {
  const ours: Ours = { segments: [ourSegment], hosts: [ourHost] };
  it.each<[string, Partial<MasakariHost>, string]>([
    ['is the same', {}, 'same node1: '],
    ['differs in being reserved', { reserved: true }, 'differs node1: reserved: here no, there yes'],
    ['differs in maintenance', { onMaintenance: true }, 'differs node1: on maintenance: here no, there yes'],
    ['differs in type', { type: '' }, 'differs node1: type: here COMPUTE, there none'],
    [
      'differs in its secret, which is not told',
      { controlAttributes: 'hunter2' },
      'differs node1: other control attributes',
    ],
    ['cannot be compared in its secret', { controlAttributes: '***' }, 'same node1: '],
  ])('%s', (_name, host, expected) => {
    expect(story(ours, {}, host)[1]).toBe(expected);
  });
});
