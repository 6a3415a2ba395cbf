import type { RecoveryMethod, VmoveStatus, VmoveType } from '@instance-ha/notification';
import type { Actor } from './audit.ts';
import type { SortedPage } from './stores.ts';

/** What came of a change: the record as it is now (as it was, when it was removed), or why nothing was changed. */
export type Written<Row, Why extends string> = { ok: true; record: Row } | { ok: false; why: Why };

/** A failover segment: hosts that stand in for one another. */
export type SegmentRecord = {
  id: number;
  uuid: string;
  /** Unique. */
  name: string;
  description: string | null;
  serviceType: string;
  recoveryMethod: RecoveryMethod;
  /** False: notifications of its hosts are not acted on. */
  enabled: boolean;
  createdAt: string;
  /** Null until it is changed for the first time. */
  updatedAt: string | null;
};

export type NewSegment = Pick<
  SegmentRecord,
  'name' | 'description' | 'serviceType' | 'recoveryMethod' | 'enabled'
>;
export type SegmentChange = { [K in keyof NewSegment]?: NewSegment[K] | undefined };

export type SegmentFilter = {
  [K in 'name' | 'serviceType' | 'recoveryMethod' | 'enabled']?: SegmentRecord[K] | undefined;
};

export const segmentSortKeys = [
  'id',
  'uuid',
  'name',
  'description',
  'serviceType',
  'recoveryMethod',
  'enabled',
  'createdAt',
  'updatedAt',
] as const;
export type SegmentSortKey = (typeof segmentSortKeys)[number];

/**
 * Every change is written together with its line in the audit, or not at all. A host is *in use* while a notification of
 * it is not over.
 */
export interface SegmentStore {
  create(segment: NewSegment, by: Actor): Promise<Written<SegmentRecord, 'name-taken'>>;
  get(uuid: string): Promise<SegmentRecord | undefined>;
  list(filter: SegmentFilter, page: SortedPage<SegmentSortKey>): Promise<SegmentRecord[]>;
  /** The `id` of the row that this id or UUID names. */
  idOf(reference: string): Promise<number | undefined>;
  /** `in-use`: it would change how one of its hosts is recovered (`recoveryMethod`, `serviceType`) in the middle of it. */
  update(
    uuid: string,
    change: SegmentChange,
    by: Actor,
  ): Promise<Written<SegmentRecord, 'not-found' | 'name-taken' | 'in-use'>>;
  /** Removes its hosts with it. `in-use`: one of its hosts is. */
  remove(uuid: string, by: Actor): Promise<Written<SegmentRecord, 'not-found' | 'in-use'>>;
}

/** A compute host of a segment. */
export type HostRecord = {
  id: number;
  uuid: string;
  /** As Nova spells its compute service; unique over all segments. */
  name: string;
  segmentUuid: string;
  type: string;
  /** Kept free for the instances of another one. */
  reserved: boolean;
  /** Nothing that happens to it is acted on. */
  onMaintenance: boolean;
  /** How to reach its management controller, sealed: the stores know nothing of its clear text. */
  sealedControlAttributes: string;
  createdAt: string;
  updatedAt: string | null;
};

/** The caller gives the `uuid`, because the seal of the control attributes is bound to it. */
export type NewHost = Omit<HostRecord, 'id' | 'createdAt' | 'updatedAt'>;
export type HostChange = {
  [K in 'name' | 'type' | 'reserved' | 'onMaintenance' | 'sealedControlAttributes']?:
    | HostRecord[K]
    | undefined;
};

export type HostFilter = {
  [K in 'segmentUuid' | 'name' | 'type' | 'reserved' | 'onMaintenance']?: HostRecord[K] | undefined;
};

export const hostSortKeys = [
  'id',
  'uuid',
  'name',
  'segmentUuid',
  'type',
  'reserved',
  'onMaintenance',
  'createdAt',
  'updatedAt',
] as const;
export type HostSortKey = (typeof hostSortKeys)[number];

export interface HostStore {
  create(host: NewHost, by: Actor): Promise<Written<HostRecord, 'no-segment' | 'name-taken'>>;
  get(uuid: string): Promise<HostRecord | undefined>;
  byName(name: string): Promise<HostRecord | undefined>;
  list(filter: HostFilter, page: SortedPage<HostSortKey>): Promise<HostRecord[]>;
  idOf(reference: string): Promise<number | undefined>;
  /** `evenInUse` is for the recovery itself, which puts a failed host on maintenance. */
  update(
    uuid: string,
    change: HostChange,
    by: Actor,
    options?: { evenInUse?: boolean },
  ): Promise<Written<HostRecord, 'not-found' | 'name-taken' | 'in-use'>>;
  remove(uuid: string, by: Actor): Promise<Written<HostRecord, 'not-found' | 'in-use'>>;
  /**
   * Leases a reserved host to the recovery of one notification: it is reserved no longer, and no other recovery gets it. Asking
   * again for the same notification answers the same. False: another has it, or there is no such reserved host.
   */
  lease(name: string, notificationUuid: string, by: Actor): Promise<boolean>;
  /** Ends the lease: the host is reserved again. False: it is not this recovery's, for somebody changed `reserved` since. */
  endLease(name: string, notificationUuid: string, by: Actor): Promise<boolean>;
  /** Puts another seal in place of this one; false when it has changed meanwhile. Changes nothing that can be seen. */
  reseal(uuid: string, from: string, to: string): Promise<boolean>;
}

/** One instance that a recovery of a host moves, or wants to. */
export type VmoveRecord = {
  id: number;
  uuid: string;
  notificationUuid: string;
  instanceUuid: string;
  instanceName: string | null;
  sourceHost: string;
  destHost: string | null;
  startTime: string | null;
  endTime: string | null;
  type: VmoveType;
  status: VmoveStatus;
  message: string | null;
  createdAt: string;
  updatedAt: string | null;
};

export type NewVmove = Pick<VmoveRecord, 'instanceUuid' | 'instanceName' | 'sourceHost' | 'type'>;
export type VmoveChange = {
  [K in 'destHost' | 'startTime' | 'endTime' | 'type' | 'status' | 'message']?: VmoveRecord[K] | undefined;
};
export type VmoveFilter = {
  [K in 'notificationUuid' | 'instanceUuid' | 'type' | 'status']?: VmoveRecord[K] | undefined;
};

export const vmoveSortKeys = [
  'id',
  'uuid',
  'instanceUuid',
  'instanceName',
  'sourceHost',
  'destHost',
  'startTime',
  'endTime',
  'type',
  'status',
  'message',
  'createdAt',
  'updatedAt',
] as const;
export type VmoveSortKey = (typeof vmoveSortKeys)[number];

/** Moves go with their notification. */
export interface VmoveStore {
  /** Writes them down as `pending`, all or none, in this order. Answers nothing for a notification that is not there. */
  plan(notificationUuid: string, moves: readonly NewVmove[]): Promise<VmoveRecord[] | undefined>;
  update(uuid: string, change: VmoveChange): Promise<VmoveRecord | undefined>;
  get(uuid: string): Promise<VmoveRecord | undefined>;
  list(filter: VmoveFilter, page: SortedPage<VmoveSortKey>): Promise<VmoveRecord[]>;
  idOf(reference: string): Promise<number | undefined>;
}
