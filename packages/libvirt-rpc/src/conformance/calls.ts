import { describe, expect, it } from 'vitest';
import { ControlState, DomainState, PausedReason, RunningReason } from '../protocol/domain-state.ts';
import { connect, type Given, refusal } from './helpers.ts';

const nobody = '00000000-0000-4000-8000-000000000000';

export function callPromises(given: Given): void {
  describe('one guest', () => {
    it('is listed, found by its UUID, and described', async () => {
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      expect(domain.uuid).toBe(given().guest);
      expect(domain.id).toBeGreaterThan(0);
      expect(await connection.listDomains()).toContainEqual(domain);
      expect(await connection.domainXml(domain)).toContain(`<uuid>${domain.uuid}</uuid>`);
    });

    it('tells its state, its size and that its monitor is free', async () => {
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      expect((await connection.domainState(domain)).state).toBe(DomainState.RUNNING);
      const info = await connection.domainInfo(domain);
      expect(info).toMatchObject({ state: DomainState.RUNNING, memoryKib: expect.any(BigInt) });
      expect(info.memoryKib).toBeGreaterThan(0n);
      expect(info.virtualCpus).toBeGreaterThan(0);
      expect(await connection.controlInfo(domain)).toEqual({
        state: ControlState.OK,
        details: 0,
        stateTimeMs: 0n,
      });
    });

    it('that does not exist is not found, by UUID or by a reference', async () => {
      await using connection = await connect(given());
      const absent = { name: 'nobody', uuid: nobody, id: -1 };
      const notFound = { code: 'not-found', libvirtCode: 42 };
      expect(await refusal(connection.lookupByUuid(nobody))).toEqual(notFound);
      expect(await refusal(connection.domainState(absent))).toEqual(notFound);
      expect(await refusal(connection.create(absent))).toEqual(notFound);
    });

    it('is suspended and resumed', async () => {
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      await connection.suspend(domain);
      expect(await connection.domainState(domain)).toEqual({
        state: DomainState.PAUSED,
        reason: PausedReason.USER,
      });
      await connection.resume(domain);
      expect(await connection.domainState(domain)).toEqual({
        state: DomainState.RUNNING,
        reason: RunningReason.UNPAUSED,
      });
    });

    it('is destroyed and started; a second time is not valid', async () => {
      await using connection = await connect(given());
      const domain = await connection.lookupByUuid(given().guest);
      const invalid = { code: 'operation-invalid', libvirtCode: 55 };
      // libvirt's test driver has no better word for it than "internal error".
      const runsAlready = given().agents ? invalid : { code: 'internal', libvirtCode: 1 };
      expect(await refusal(connection.create(domain))).toEqual(runsAlready);

      await connection.destroy(domain);
      expect((await connection.domainState(domain)).state).toBe(DomainState.SHUTOFF);
      expect((await connection.lookupByUuid(domain.uuid)).id).toBe(-1);
      expect((await connection.listDomains({ active: true })).map(({ uuid }) => uuid)).not.toContain(
        domain.uuid,
      );
      expect((await connection.listDomains({ active: false })).map(({ uuid }) => uuid)).toContain(
        domain.uuid,
      );
      expect(await refusal(connection.destroy(domain))).toEqual(invalid);

      await connection.create(domain);
      expect(await connection.domainState(domain)).toEqual({
        state: DomainState.RUNNING,
        reason: RunningReason.BOOTED,
      });
    });
  });

  describe('all guests', () => {
    it('are told in one call, states and CPU time', async () => {
      await using connection = await connect(given());
      const { guest, agents } = given();
      const stats = await connection.allDomainStats({ groups: ['state', 'cpu'], active: true, noWait: true });
      const one = stats.find(({ domain }) => domain.uuid === guest);
      expect(one?.state?.state).toBe(DomainState.RUNNING);
      expect(one?.params.get('state.state')).toBe(DomainState.RUNNING);
      // Guests without a hypervisor use no CPU.
      if (agents) expect(one?.cpu?.timeNs).toEqual(expect.any(BigInt));
    });

    it('are told only the groups asked for', async () => {
      await using connection = await connect(given());
      const [first] = await connection.allDomainStats({ groups: ['state'] });
      expect([...(first?.params.keys() ?? [])]).toEqual(['state.state', 'state.reason']);
    });
  });

  describe('a read-only connection', () => {
    it('may look and not touch', async () => {
      await using connection = await connect(given(), { readOnly: true });
      const domain = await connection.lookupByUuid(given().guest);
      expect((await connection.domainState(domain)).state).toBe(DomainState.RUNNING);
      const refused = { code: 'refused', libvirtCode: 29 };
      expect(await refusal(connection.suspend(domain))).toEqual(refused);
      expect(await refusal(connection.destroy(domain))).toEqual(refused);
    });
  });
}
