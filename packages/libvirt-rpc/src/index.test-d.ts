import { describe, expectTypeOf, it } from 'vitest';
import {
  type ConnectLibvirtOptions,
  type DomainRef,
  DomainState,
  type DomainStats,
  type LibvirtConnection,
  LibvirtError,
  type LibvirtErrorCode,
  type LibvirtEvent,
} from './index.ts';

declare const connection: LibvirtConnection;
declare const domain: DomainRef;

describe('the public face', () => {
  it('narrows events to the types asked for', () => {
    void connection.onEvent(['lifecycle', 'watchdog'], event => {
      expectTypeOf(event.type).toEqualTypeOf<'lifecycle' | 'watchdog'>();
      if (event.type === 'lifecycle') expectTypeOf(event.detail).toEqualTypeOf<number>();
      else expectTypeOf(event.action).toEqualTypeOf<number>();
    });
    // @ts-expect-error there is no such event type
    void connection.onEvent(['panic'], () => {});
  });

  it('has every event carry its domain', () => {
    expectTypeOf<LibvirtEvent['domain']>().toEqualTypeOf<DomainRef>();
  });

  it('keeps 64 bits as BigInt and leaves out what the host does not tell', () => {
    expectTypeOf<NonNullable<DomainStats['cpu']>['timeNs']>().toEqualTypeOf<bigint>();
    expectTypeOf<NonNullable<DomainStats['cpu']>['userNs']>().toEqualTypeOf<bigint | undefined>();
    expectTypeOf(connection.libVersion()).resolves.toEqualTypeOf<bigint>();
  });

  it('takes a deadline and a signal last', () => {
    const options = { timeoutMs: 1, signal: new AbortController().signal };
    void connection.domainState(domain, options);
    void connection.destroy(domain, { ...options, graceful: true });
    // @ts-expect-error groups have names, not bits
    void connection.allDomainStats({ groups: [1] });
  });

  it('takes any number as a state, and knows libvirt’s own', () => {
    expectTypeOf(DomainState.RUNNING).toEqualTypeOf<1>();
    expectTypeOf<DomainState>().toEqualTypeOf<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7>();
  });

  it('recognises its errors', () => {
    const error: unknown = undefined;
    if (LibvirtError.isInstance(error)) expectTypeOf(error.code).toEqualTypeOf<LibvirtErrorCode>();
  });

  it('opens a stream with or without looking at the signal', () => {
    expectTypeOf<() => Promise<import('node:stream').Duplex>>().toExtend<
      NonNullable<ConnectLibvirtOptions['open']>
    >();
  });
});
