import type { Recording } from '@instance-ha/guest-health';
import type {
  Evidence,
  NotificationPayload,
  NotificationStatus,
  NotificationType,
  RecoveryMethod,
  RulingKind,
  VmoveStatus,
  VmoveType,
} from '@instance-ha/notification';
import type {
  AuditChange,
  AuditOutcome,
  MonitorActionRecord,
  MonitorReport,
  TokenScope,
  WorkerPresence,
} from '@instance-ha/ports';
import type {
  FailurePolicy,
  OperationState,
  RolloutService,
  RowState,
  RunningState,
} from '@instance-ha/rollout';
import type { Generated } from 'kysely';

/** The tables as the migrations make them. Instants come out as ISO 8601 with milliseconds and `Z`, bigints as numbers. */
export type Schema = {
  notification: {
    id: Generated<number>;
    uuid: Generated<string>;
    incident_key: string;
    type: NotificationType;
    status: NotificationStatus;
    host: string;
    source_host_uuid: string | null;
    failover_segment_uuid: string | null;
    instance_uuid: string | null;
    instance_name: string | null;
    fault_at: string;
    detected_at: string;
    accepted_at: Generated<string>;
    updated_at: Generated<string>;
    ended_at: string | null;
    payload: NotificationPayload;
    evidence: Evidence | null;
    message: string | null;
    duplicates: Generated<number>;
    filed_by: string;
  };
  recovery: {
    notification_id: number;
    instance_uuid: string | null;
    claimable_at: string | null;
    lease_owner: string | null;
    fence: number;
    steps: number;
    restart_begun_at: string | null;
    rulings: Generated<number>;
    held_why: string | null;
    held_since: string | null;
    failed_host: string | null;
    evacuates_host: string | null;
  };
  ruling: {
    id: Generated<number>;
    notification_id: number;
    ruling: RulingKind;
    made_by: string;
    reason: string | null;
    made_at: Generated<string>;
    round: number;
  };
  recovery_step: { notification_id: number; sequence: number; at: string; worker: string; event: unknown };
  monitor: {
    host: string;
    session: string;
    sequence: number;
    version: string;
    started_at: string;
    state: MonitorReport['state'];
    cause: string | null;
    mode: MonitorReport['mode'];
    check_interval_ms: number;
    gate_suspect: boolean;
    gate_silent: number;
    gate_heard: number;
    spool_depth: number;
    last_seen_at: string;
    watching_since: string | null;
    noted_silent: boolean;
    clock_ahead_ms: number | null;
  };
  worker: {
    name: string;
    host: string;
    version: string;
    driver: WorkerPresence['driver'];
    mode: WorkerPresence['mode'];
    started_at: string;
    held: number;
    last_seen_at: string;
    noted_silent: Generated<boolean>;
  };
  trend: { at: string; guests: Record<string, number>; unheard: number };
  recording: {
    id: Generated<number>;
    host: string;
    from_at: string;
    to_at: string;
    quiet: boolean;
    heard: number;
    body: Recording;
    bytes: number;
    kept_at: Generated<string>;
  };
  guest: {
    host: string;
    instance_uuid: string;
    instance_name: string;
    phase: string;
    why: string;
    since: string;
    last_beat_at: string | null;
    misses: number;
    boot: string;
    agent_channel: boolean;
    incident_key: string | null;
    heard_again_at: string | null;
    heard_again_boot: string | null;
    reported_at: string;
  };
  heard_again: { incident_key: string; heard_again_at: string; boot: string | null; noted_at: string };
  pause: { only_one: boolean; reason: string; set_by: string; begins_at: string; ends_at: string };
  token: {
    name: string;
    scope: TokenScope;
    host: string | null;
    digest: Uint8Array;
    created_at: Generated<string>;
  };
  failover_segment: {
    id: Generated<number>;
    uuid: Generated<string>;
    name: string;
    description: string | null;
    service_type: string;
    recovery_method: RecoveryMethod;
    enabled: boolean;
    created_at: Generated<string>;
    updated_at: string | null;
  };
  host: {
    id: Generated<number>;
    uuid: string;
    name: string;
    segment_uuid: string;
    type: string;
    reserved: boolean;
    on_maintenance: boolean;
    sealed_control_attributes: string;
    leased_to: Generated<string | null>;
    created_at: Generated<string>;
    updated_at: string | null;
  };
  vmove: {
    id: Generated<number>;
    uuid: Generated<string>;
    notification_uuid: string;
    instance_uuid: string;
    instance_name: string | null;
    source_host: string;
    dest_host: string | null;
    start_time: string | null;
    end_time: string | null;
    type: VmoveType;
    status: Generated<VmoveStatus>;
    message: string | null;
    created_at: Generated<string>;
    updated_at: string | null;
  };
  audit: {
    id: Generated<number>;
    at: Generated<string>;
    action: string;
    outcome: AuditOutcome;
    initiator_id: string | null;
    initiator_name: string;
    initiator_project: string | null;
    target_type: string;
    target_id: string | null;
    target_name: string | null;
    reason: string | null;
    request_id: string;
    changes: AuditChange[];
  };
  monitor_action: {
    id: Generated<number>;
    uuid: Generated<string>;
    key: string;
    host: string;
    kind: MonitorActionRecord['kind'];
    process_name: string;
    life: string | null;
    status: Generated<MonitorActionRecord['status']>;
    asked_at: Generated<string>;
    taken_at: string | null;
    due_at: string;
    ended_at: string | null;
    done_within_ms: number;
    detail: string | null;
    sighting: MonitorActionRecord['sighting'];
  };
  config_revision: {
    revision: Generated<number>;
    /** Empty: all hosts. */
    host: string;
    text: string;
    saved_at: Generated<string>;
    saved_by: string;
    comment: string | null;
    errors: number;
    warnings: number;
  };
  config_target: { host: string; revision: number; told_at: Generated<string> };
  service_revision: {
    service: RolloutService;
    name: string;
    host: string;
    version: string;
    wanted: number | null;
    running: number | null;
    state: RunningState | null;
    error: string | null;
    seen_at: string;
  };
  operation: {
    id: Generated<number>;
    kind: 'reconfigure';
    revision: number;
    hosts: string[] | null;
    on_failure: FailurePolicy;
    at_once: number;
    answer_within_ms: number;
    comment: string | null;
    state: Generated<OperationState>;
    message: string | null;
    started_by: string;
    started_at: Generated<string>;
    ended_at: string | null;
  };
  operation_row: {
    operation_id: number;
    host: string;
    service: RolloutService;
    state: Generated<RowState>;
    before: number;
    running: number | null;
    error: string | null;
    told_at: string | null;
    changed_at: Generated<string>;
  };
  change: { id: number; at: string; kind: string; subject: string; data: unknown };
};
