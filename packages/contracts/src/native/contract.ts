import { HostNameSchema, InstanceUuidSchema } from '@instance-ha/notification';
import { z } from 'zod';
import { forAdmins, forEveryone, forMonitors, forReaders, forThePublic } from '../access.ts';
import { ErrorBody } from '../error-body.ts';
import { rest } from '../rest.ts';
import { Uuid } from '../wire.ts';
import {
  ActionAnswer,
  ActionAnswered,
  MonitorActionPage,
  MonitorActionQuery,
  TakeActions,
  TakenActions,
} from './actions.ts';
import { commonResponses } from './common-responses.ts';
import { configuration, operations, services } from './configuration-contract.ts';
import { EventsQuery } from './events.ts';
import { GuestPage, GuestQuery, GuestRecord } from './guests.ts';
import { Identity } from './identity.ts';
import { audit, hosts, segments, vmoves } from './inventory-contract.ts';
import { MonitorList, MonitorRecord, MonitorReport, ReportAnswer } from './monitors.ts';
import {
  FiledNotification,
  NotificationDetail,
  NotificationPage,
  NotificationQuery,
  NotificationRecord,
  RulingMade,
  RulingRequest,
} from './notifications.ts';
import { HeldList, Trends } from './overview.ts';
import { PauseAnswer, PauseRequest, ResumeAnswer } from './pause.ts';
import { NewRecording, RecordingKept } from './recordings.ts';
import { SessionAnswer, SignIn } from './session.ts';
import { WorkerList } from './workers.ts';

/** A ruling about one notification; 409 says what it is in and what may be ruled. */
const ruling = <Path extends string>(path: Path, summary: string, description: string) =>
  ({
    method: 'POST',
    path,
    summary,
    description,
    pathParams: z.strictObject({ uuid: Uuid }),
    body: RulingRequest,
    responses: { 200: RulingMade, 404: ErrorBody, 409: ErrorBody, 413: ErrorBody, 415: ErrorBody },
    metadata: forAdmins,
  }) as const;

const notifications = rest.router(
  {
    create: {
      method: 'POST',
      path: '/v2/notifications',
      summary: 'File a notification',
      description:
        'Filing the same incidentKey again stores nothing new: it answers 200 with the record there is, and counts the duplicate.',
      headers: {
        /** When sent it must equal the `incidentKey` of the body. */
        'idempotency-key': z.string().max(600).optional(),
      },
      body: FiledNotification,
      responses: {
        201: z.strictObject({ notification: NotificationRecord }),
        200: z.strictObject({ notification: NotificationRecord }),
        413: ErrorBody,
        415: ErrorBody,
      },
      metadata: forMonitors,
    },
    list: {
      method: 'GET',
      path: '/v2/notifications',
      summary: 'List notifications, newest first',
      query: NotificationQuery,
      responses: { 200: NotificationPage },
      metadata: forReaders,
    },
    get: {
      method: 'GET',
      path: '/v2/notifications/:uuid',
      summary: 'Show a notification with its evidence, timeline and journal',
      pathParams: z.strictObject({ uuid: Uuid }),
      responses: { 200: NotificationDetail, 404: ErrorBody },
      metadata: forReaders,
    },
    approve: ruling(
      '/v2/notifications/:uuid/approve',
      'Approve a held notification',
      'It goes on as if it had not been held. Of an approval and a rejection the first stands.',
    ),
    reject: ruling(
      '/v2/notifications/:uuid/reject',
      'Reject a held notification',
      'It ends as ignored, and nothing is done.',
    ),
    abort: ruling(
      '/v2/notifications/:uuid/abort',
      'Abort a recovery that has not ended',
      'What was begun is brought to a safe end: an instance that we stopped is started, evacuations that were accepted are followed. Nothing further is begun.',
    ),
    retry: ruling(
      '/v2/notifications/:uuid/retry',
      'Begin a recovery again that failed or was ignored',
      'It looks first: what is well meanwhile is left alone, and no evacuation that goes on is asked for twice. One that waits for its next attempt is begun at once.',
    ),
  },
  { commonResponses, strictStatusCodes: true },
);

const guests = rest.router(
  {
    list: {
      method: 'GET',
      path: '/v2/guests',
      summary: 'List guests with their health',
      query: GuestQuery,
      responses: { 200: GuestPage },
      metadata: forReaders,
    },
    get: {
      method: 'GET',
      path: '/v2/guests/:uuid',
      summary: 'Show a guest',
      pathParams: z.strictObject({ uuid: InstanceUuidSchema }),
      responses: { 200: z.strictObject({ guest: GuestRecord }), 404: ErrorBody },
      metadata: forReaders,
    },
  },
  { commonResponses, strictStatusCodes: true },
);

const hostParams = z.strictObject({ host: HostNameSchema });

const monitors = rest.router(
  {
    list: {
      method: 'GET',
      path: '/v2/monitors',
      summary: 'List monitors',
      responses: { 200: MonitorList },
      metadata: forReaders,
    },
    get: {
      method: 'GET',
      path: '/v2/monitors/:host',
      summary: 'Show a monitor',
      pathParams: hostParams,
      responses: { 200: z.strictObject({ monitor: MonitorRecord }), 404: ErrorBody },
      metadata: forReaders,
    },
    report: {
      method: 'PUT',
      path: '/v2/monitors/:host/report',
      summary: 'Report a monitor and its guests',
      pathParams: hostParams,
      body: MonitorReport,
      responses: { 200: ReportAnswer, 413: ErrorBody, 415: ErrorBody },
      metadata: forMonitors,
    },
    record: {
      method: 'POST',
      path: '/v2/monitors/:host/recordings',
      summary: 'Keep what a monitor has seen, for a day',
      pathParams: hostParams,
      body: NewRecording,
      responses: { 200: RecordingKept, 413: ErrorBody, 415: ErrorBody },
      metadata: forMonitors,
    },
    listActions: {
      method: 'GET',
      path: '/v2/monitors/:host/actions',
      summary: 'List what was asked of a monitor, newest first',
      pathParams: hostParams,
      query: MonitorActionQuery,
      responses: { 200: MonitorActionPage },
      metadata: forReaders,
    },
    takeActions: {
      method: 'POST',
      path: '/v2/monitors/:host/actions/take',
      summary: 'Take what is asked of a monitor',
      description:
        'Answers at once when there is something to do, else when there is or after waitMs. What was taken and has not been reported comes again: a monitor must know by itself what it has begun.',
      pathParams: hostParams,
      body: TakeActions,
      responses: { 200: TakenActions, 413: ErrorBody, 415: ErrorBody },
      metadata: forMonitors,
    },
    reportAction: {
      method: 'PUT',
      path: '/v2/monitors/:host/actions/:uuid',
      summary: 'Report how something asked of a monitor ended',
      pathParams: hostParams.extend({ uuid: Uuid }),
      body: ActionAnswer,
      responses: { 200: ActionAnswered, 413: ErrorBody, 415: ErrorBody },
      metadata: forMonitors,
    },
  },
  { commonResponses, strictStatusCodes: true },
);

const workers = rest.router(
  {
    list: {
      method: 'GET',
      path: '/v2/workers',
      summary: 'List workers',
      responses: { 200: WorkerList },
      metadata: forReaders,
    },
  },
  { commonResponses, strictStatusCodes: true },
);

const overview = rest.router(
  {
    held: {
      method: 'GET',
      path: '/v2/held',
      summary: 'List the notifications that wait for an operator, the longest first',
      description: 'At most 50.',
      responses: { 200: HeldList },
      metadata: forReaders,
    },
    trends: {
      method: 'GET',
      path: '/v2/trends',
      summary: 'Tell how all guests were, minute by minute over the last day',
      responses: { 200: Trends },
      metadata: forReaders,
    },
  },
  { commonResponses, strictStatusCodes: true },
);

const pause = rest.router(
  {
    get: {
      method: 'GET',
      path: '/v2/pause',
      summary: 'Tell whether recovery is paused',
      responses: { 200: PauseAnswer },
      metadata: forReaders,
    },
    set: {
      method: 'PUT',
      path: '/v2/pause',
      summary: 'Pause all recovery for a while',
      description: 'Replaces the pause that stands, if any.',
      body: PauseRequest,
      responses: { 200: PauseAnswer, 413: ErrorBody, 415: ErrorBody },
      metadata: forAdmins,
    },
    clear: {
      method: 'DELETE',
      path: '/v2/pause',
      summary: 'Resume recovery',
      responses: { 200: ResumeAnswer },
      metadata: forAdmins,
    },
  },
  { commonResponses, strictStatusCodes: true },
);

const live = rest.router(
  {
    events: {
      method: 'GET',
      path: '/v2/events',
      summary: 'Follow every change live (server-sent events)',
      headers: { 'last-event-id': z.string().max(20).optional() },
      query: EventsQuery,
      responses: { 200: rest.otherResponse({ contentType: 'text/event-stream', body: z.string() }) },
      metadata: forReaders,
    },
    whoami: {
      method: 'GET',
      path: '/v2/whoami',
      summary: 'Tell whom the service takes the caller for',
      responses: { 200: Identity },
      metadata: forEveryone,
    },
  },
  { commonResponses, strictStatusCodes: true },
);

const session = rest.router(
  {
    show: {
      method: 'GET',
      path: '/v2/session',
      summary: 'Tell who is signed in by the cookie, and how to sign in',
      responses: { 200: SessionAnswer },
    },
    signIn: {
      method: 'POST',
      path: '/v2/session',
      summary: 'Sign in: a cookie stands for the token from then on',
      description:
        'Needs the header X-Instance-HA-Console, and so does every request with the cookie. 401 for a token or password that is not known.',
      body: SignIn,
      responses: { 200: SessionAnswer, 413: ErrorBody, 415: ErrorBody },
    },
    signOut: {
      method: 'DELETE',
      path: '/v2/session',
      summary: 'Sign out: the cookie is taken back',
      responses: { 204: rest.noBody() },
    },
  },
  { commonResponses, strictStatusCodes: true, metadata: forThePublic },
);

/** `/v2`: our own API. JSON in camelCase, times in ISO 8601, unknown fields and parameters refused. */
export const nativeContract = rest.router({
  notifications,
  guests,
  monitors,
  workers,
  overview,
  pause,
  segments,
  hosts,
  vmoves,
  audit,
  configuration,
  operations,
  services,
  events: live.events,
  whoami: live.whoami,
  session,
});
