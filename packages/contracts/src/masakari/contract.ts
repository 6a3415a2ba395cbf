import { z } from 'zod';
import { forMonitors, forReaders } from '../access.ts';
import { rest } from '../rest.ts';
import { KeystoneUnauthorized, MasakariFault } from './fault.ts';
import {
  MasakariFiled,
  MasakariNotification,
  MasakariNotificationQuery,
  MasakariWorkflowStep,
} from './notifications.ts';

const commonResponses = {
  400: MasakariFault,
  401: KeystoneUnauthorized,
  403: MasakariFault,
  406: MasakariFault,
  429: MasakariFault,
  500: MasakariFault,
  503: MasakariFault,
} as const;

const headers = { 'openstack-api-version': z.string().max(255).optional() };

const notifications = rest.router({
  create: {
    method: 'POST',
    path: '/notifications',
    summary: 'File a notification, as Masakari takes it',
    headers,
    body: z.strictObject({ notification: MasakariFiled }),
    responses: {
      202: z.strictObject({ notification: MasakariNotification }),
      409: MasakariFault,
      413: MasakariFault,
      415: MasakariFault,
    },
    metadata: forMonitors,
  },
  list: {
    method: 'GET',
    path: '/notifications',
    summary: 'List notifications, as Masakari lists them',
    headers,
    query: MasakariNotificationQuery,
    responses: { 200: z.strictObject({ notifications: z.array(MasakariNotification) }) },
    metadata: forReaders,
  },
  get: {
    method: 'GET',
    path: '/notifications/:notification_uuid',
    summary: 'Show a notification, as Masakari shows it',
    headers,
    pathParams: z.object({ notification_uuid: z.string().max(255) }),
    responses: {
      200: z.strictObject({
        notification: MasakariNotification.extend({
          recovery_workflow_details: z.array(MasakariWorkflowStep).optional(),
        }),
      }),
      404: MasakariFault,
    },
    metadata: forReaders,
  },
});

/** `/v1`: Masakari's wire, microversions 1.0 to 1.3 and ours, 1.4. */
export const masakariContract = rest.router(
  { notifications },
  { pathPrefix: '/v1', commonResponses, strictStatusCodes: true },
);

/** The same routes under `/v1/{project_id}`, which is where a Keystone catalogue usually points. */
export const masakariProjectContract = rest.router(
  { notifications },
  { pathPrefix: '/v1/:project_id', commonResponses, strictStatusCodes: true },
);
