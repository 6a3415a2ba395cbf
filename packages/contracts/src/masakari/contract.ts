import { ContractNoBody } from '@ts-rest/core';
import { z } from 'zod';
import { forAdmins, forEveryone, forMonitors, forReaders, forThePublic } from '../access.ts';
import { rest } from '../rest.ts';
import { MasakariExtension, MasakariVersion, MasakariVersions } from './discovery.ts';
import { KeystoneUnauthorized, MasakariFault } from './fault.ts';
import {
  MasakariHost,
  MasakariHostChange,
  MasakariHostList,
  MasakariHostQuery,
  MasakariNewHost,
} from './hosts.ts';
import {
  MasakariFiled,
  MasakariNotification,
  MasakariNotificationList,
  MasakariNotificationQuery,
  MasakariWorkflowStep,
} from './notifications.ts';
import {
  MasakariNewSegment,
  MasakariSegment,
  MasakariSegmentChange,
  MasakariSegmentList,
  MasakariSegmentQuery,
} from './segments.ts';
import { MasakariVmove, MasakariVmoveList, MasakariVmoveQuery } from './vmoves.ts';

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
const missing = { 404: MasakariFault } as const;
const writing = { 413: MasakariFault, 415: MasakariFault } as const;
const conflict = { 409: MasakariFault } as const;

/** Masakari's names of the policy rules, beside who may by default. */
const ruled = <A extends object>(access: A, rule: string) => ({
  ...access,
  policy: `os_masakari_api:${rule}`,
});

const segmentParams = z.object({ segment_id: z.string().max(255) });
const hostParams = z.object({ segment_id: z.string().max(255), host_id: z.string().max(255) });
const notificationParams = z.object({ notification_uuid: z.string().max(255) });
const vmoveParams = z.object({ notification_uuid: z.string().max(255), vmove_id: z.string().max(255) });

const segments = rest.router({
  list: {
    method: 'GET',
    path: '/segments',
    summary: 'List failover segments, as Masakari lists them',
    headers,
    query: MasakariSegmentQuery,
    responses: { 200: MasakariSegmentList },
    metadata: ruled(forReaders, 'segments:index'),
  },
  create: {
    method: 'POST',
    path: '/segments',
    summary: 'Make a failover segment, as Masakari makes it',
    headers,
    body: z.strictObject({ segment: MasakariNewSegment }),
    responses: { 201: z.strictObject({ segment: MasakariSegment }), ...conflict, ...writing },
    metadata: ruled(forAdmins, 'segments:create'),
  },
  get: {
    method: 'GET',
    path: '/segments/:segment_id',
    summary: 'Show a failover segment, as Masakari shows it',
    headers,
    pathParams: segmentParams,
    responses: { 200: z.strictObject({ segment: MasakariSegment }), ...missing },
    metadata: ruled(forReaders, 'segments:detail'),
  },
  update: {
    method: 'PUT',
    path: '/segments/:segment_id',
    summary: 'Change a failover segment, as Masakari changes it',
    headers,
    pathParams: segmentParams,
    body: z.strictObject({ segment: MasakariSegmentChange }),
    responses: { 200: z.strictObject({ segment: MasakariSegment }), ...missing, ...conflict, ...writing },
    metadata: ruled(forAdmins, 'segments:update'),
  },
  remove: {
    method: 'DELETE',
    path: '/segments/:segment_id',
    summary: 'Remove a failover segment with its hosts',
    headers,
    pathParams: segmentParams,
    responses: { 204: ContractNoBody, ...missing, ...conflict },
    metadata: ruled(forAdmins, 'segments:delete'),
  },
});

const hosts = rest.router({
  list: {
    method: 'GET',
    path: '/segments/:segment_id/hosts',
    summary: 'List the hosts of a segment, as Masakari lists them',
    headers,
    pathParams: segmentParams,
    query: MasakariHostQuery,
    responses: { 200: MasakariHostList, ...missing },
    metadata: ruled(forReaders, 'os-hosts:index'),
  },
  create: {
    method: 'POST',
    path: '/segments/:segment_id/hosts',
    summary: 'Put a host into a segment, as Masakari does',
    headers,
    pathParams: segmentParams,
    body: z.strictObject({ host: MasakariNewHost }),
    responses: { 201: z.strictObject({ host: MasakariHost }), ...missing, ...conflict, ...writing },
    metadata: ruled(forAdmins, 'os-hosts:create'),
  },
  get: {
    method: 'GET',
    path: '/segments/:segment_id/hosts/:host_id',
    summary: 'Show a host of a segment, as Masakari shows it',
    headers,
    pathParams: hostParams,
    responses: { 200: z.strictObject({ host: MasakariHost }), ...missing },
    metadata: ruled(forReaders, 'os-hosts:detail'),
  },
  update: {
    method: 'PUT',
    path: '/segments/:segment_id/hosts/:host_id',
    summary: 'Change a host of a segment, as Masakari changes it',
    headers,
    pathParams: hostParams,
    body: z.strictObject({ host: MasakariHostChange }),
    responses: { 200: z.strictObject({ host: MasakariHost }), ...missing, ...conflict, ...writing },
    metadata: ruled(forAdmins, 'os-hosts:update'),
  },
  remove: {
    method: 'DELETE',
    path: '/segments/:segment_id/hosts/:host_id',
    summary: 'Take a host out of its segment',
    headers,
    pathParams: hostParams,
    responses: { 204: ContractNoBody, ...missing, ...conflict },
    metadata: ruled(forAdmins, 'os-hosts:delete'),
  },
});

const notifications = rest.router({
  create: {
    method: 'POST',
    path: '/notifications',
    summary: 'File a notification, as Masakari takes it',
    headers,
    body: z.strictObject({ notification: MasakariFiled }),
    responses: { 202: z.strictObject({ notification: MasakariNotification }), ...conflict, ...writing },
    metadata: ruled(forMonitors, 'notifications:create'),
  },
  list: {
    method: 'GET',
    path: '/notifications',
    summary: 'List notifications, as Masakari lists them',
    headers,
    query: MasakariNotificationQuery,
    responses: { 200: MasakariNotificationList },
    metadata: ruled(forReaders, 'notifications:index'),
  },
  get: {
    method: 'GET',
    path: '/notifications/:notification_uuid',
    summary: 'Show a notification, as Masakari shows it',
    headers,
    pathParams: notificationParams,
    responses: {
      200: z.strictObject({
        notification: MasakariNotification.extend({
          recovery_workflow_details: z.array(MasakariWorkflowStep).optional(),
        }),
      }),
      ...missing,
    },
    metadata: ruled(forReaders, 'notifications:detail'),
  },
});

const vmoves = rest.router({
  list: {
    method: 'GET',
    path: '/notifications/:notification_uuid/vmoves',
    summary: 'List the moves of a host’s recovery, as Masakari lists them',
    headers,
    pathParams: notificationParams,
    query: MasakariVmoveQuery,
    responses: { 200: MasakariVmoveList, ...missing },
    metadata: ruled(forReaders, 'vmoves:index'),
  },
  get: {
    method: 'GET',
    path: '/notifications/:notification_uuid/vmoves/:vmove_id',
    summary: 'Show one move of a host’s recovery, as Masakari shows it',
    headers,
    pathParams: vmoveParams,
    responses: { 200: z.strictObject({ vmove: MasakariVmove }), ...missing },
    metadata: ruled(forReaders, 'vmoves:detail'),
  },
});

const extensions = rest.router({
  list: {
    method: 'GET',
    path: '/extensions',
    summary: 'List the extensions of the API, as Masakari lists them',
    headers,
    responses: { 200: z.strictObject({ extensions: z.array(MasakariExtension) }) },
    metadata: ruled(forReaders, 'extensions:index'),
  },
  get: {
    method: 'GET',
    path: '/extensions/:alias',
    summary: 'Show an extension of the API',
    headers,
    pathParams: z.object({ alias: z.string().max(255) }),
    responses: { 200: z.strictObject({ extension: MasakariExtension }), ...missing },
    metadata: ruled(forReaders, 'extensions:detail'),
  },
});

const resources = { segments, hosts, notifications, vmoves, extensions };

/** `/v1`: Masakari's wire, microversions 1.0 to 1.3 and ours, 1.4. */
export const masakariContract = rest.router(resources, {
  pathPrefix: '/v1',
  commonResponses,
  strictStatusCodes: true,
});

/** The same routes under `/v1/{project_id}`, which is where a Keystone catalogue usually points. */
export const masakariProjectContract = rest.router(resources, {
  pathPrefix: '/v1/:project_id',
  commonResponses,
  strictStatusCodes: true,
});

const shown = {
  method: 'GET',
  headers,
  responses: { 200: MasakariVersion },
  metadata: ruled(forEveryone, 'versions:index'),
} as const;

/** The version documents below `/v1`; they need a token, as Masakari's do, and any will do. */
export const masakariDiscoveryContract = rest.router(
  {
    version: { ...shown, path: '/v1', summary: 'Tell the version of Masakari’s API' },
    versionWithSlash: { ...shown, path: '/v1/', summary: 'Tell the version of Masakari’s API' },
    versionById: { ...shown, path: '/v1/versions/v1.0', summary: 'Tell the version of Masakari’s API' },
  },
  { commonResponses, strictStatusCodes: true },
);

/** The root document, which needs no token. */
export const masakariRootContract = rest.router(
  {
    versions: {
      method: 'GET',
      path: '/',
      summary: 'List the versions of Masakari’s API',
      responses: { 200: MasakariVersions },
      metadata: forThePublic,
    },
  },
  { strictStatusCodes: true },
);
