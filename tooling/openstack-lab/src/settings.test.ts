import { describe, expect, it } from 'vitest';
import { computesOf, defaultPorts, settle } from './settings.ts';

describe('the settings of a lab', () => {
  it("are upstream's ports and three fake computes where nothing was asked for", () => {
    const settings = settle({}, undefined);
    expect(settings.ports).toMatchObject({ keystone: 5000, nova: 8774, placement: 8778, glance: 9292 });
    expect(computesOf(settings)).toEqual(['os-fake1', 'os-fake2', 'os-fake3']);
  });

  it('stay as they were when the lab is brought up again with fewer wishes', () => {
    const first = settle({ ports: { nova: 18774 }, fakeComputes: ['a'], serviceDownTimeS: 12 }, undefined);
    expect(settle({}, first)).toEqual(first);
  });

  it('take new computes and lose none', () => {
    const first = settle({ fakeComputes: ['a'] }, undefined);
    const second = settle({ fakeComputes: ['b'], kvmComputes: ['os-kvm1'] }, first);
    expect(computesOf(second)).toEqual(['a', 'b', 'os-kvm1']);
  });

  it.each([
    [{ ports: { nova: 18774 } }, 'port nova: the lab has 8774, and 18774 was asked for'],
    [{ serviceDownTimeS: 12 }, 'serviceDownTimeS: the lab has 60'],
  ])('do not change under a lab that is there: %j', (wishes, message) => {
    expect(() => settle(wishes, settle({}, undefined))).toThrow(message);
  });

  it.each([
    [{ ports: { nova: 0 } }, 'port nova: expected 1 to 65535'],
    [{ ports: { nova: defaultPorts.keystone } }, 'port 5000 is given to keystone and nova'],
    [{ fakeComputes: ['Bad Name'] }, 'compute "Bad Name"'],
    [{ fakeComputes: [] }, 'expected 1 to 16 computes, found 0'],
    [{ fakeComputes: ['x'], kvmComputes: ['x'] }, 'compute x cannot be both'],
    [{ serviceDownTimeS: 5 }, 'serviceDownTimeS: expected 6 to 3600'],
  ])('refuse %j', (wishes, message) => {
    expect(() => settle(wishes, undefined)).toThrow(message);
  });
});
