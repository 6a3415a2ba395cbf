import { z } from 'zod';
import { forAdmins, forReaders } from '../access.ts';
import { ErrorBody } from '../error-body.ts';
import { rest } from '../rest.ts';
import { Uuid } from '../wire.ts';
import { AuditPage, AuditQuery } from './audit.ts';
import { commonResponses } from './common-responses.ts';
import {
  Host,
  HostChange,
  HostPage,
  HostQuery,
  HostReadiness,
  NewHost,
  NewSegment,
  RemovalQuery,
  Segment,
  SegmentChange,
  SegmentPage,
  SegmentQuery,
  Vmove,
  VmovePage,
  VmoveQuery,
} from './inventory.ts';

const uuidParams = z.strictObject({ uuid: Uuid });
const written = { 409: ErrorBody, 413: ErrorBody, 415: ErrorBody } as const;
const missing = { 404: ErrorBody } as const;
const bounds = { commonResponses, strictStatusCodes: true } as const;

export const segments = rest.router(
  {
    list: {
      method: 'GET',
      path: '/v2/segments',
      summary: 'List segments, newest first',
      query: SegmentQuery,
      responses: { 200: SegmentPage },
      metadata: forReaders,
    },
    create: {
      method: 'POST',
      path: '/v2/segments',
      summary: 'Make a segment',
      description: '409 when another segment has the name.',
      body: NewSegment,
      responses: { 201: z.strictObject({ segment: Segment }), ...written },
      metadata: forAdmins,
    },
    get: {
      method: 'GET',
      path: '/v2/segments/:uuid',
      summary: 'Show a segment',
      pathParams: uuidParams,
      responses: { 200: z.strictObject({ segment: Segment }), ...missing },
      metadata: forReaders,
    },
    update: {
      method: 'PATCH',
      path: '/v2/segments/:uuid',
      summary: 'Change a segment',
      description:
        '409 when the name is taken, or when the way of recovery would change while one of its hosts is recovered.',
      pathParams: uuidParams,
      body: SegmentChange,
      responses: { 200: z.strictObject({ segment: Segment }), ...missing, ...written },
      metadata: forAdmins,
    },
    readiness: {
      method: 'GET',
      path: '/v2/segments/:uuid/readiness',
      summary: 'Tell whether each host of a segment would be recovered',
      description:
        'As if each were reported as failed now, for up to 1,000 hosts. Options that workers read from files of their own are not ' +
        'known here: what is pushed to all of them stands for these, or the defaults.',
      pathParams: uuidParams,
      responses: { 200: z.strictObject({ hosts: z.array(HostReadiness) }), ...missing },
      metadata: forReaders,
    },
    remove: {
      method: 'DELETE',
      path: '/v2/segments/:uuid',
      summary: 'Remove a segment and its hosts',
      description: '409 while one of its hosts is recovered.',
      pathParams: uuidParams,
      query: RemovalQuery,
      responses: { 204: rest.noBody(), ...missing, 409: ErrorBody },
      metadata: forAdmins,
    },
  },
  bounds,
);

export const hosts = rest.router(
  {
    list: {
      method: 'GET',
      path: '/v2/hosts',
      summary: 'List the hosts of segments, newest first',
      query: HostQuery,
      responses: { 200: HostPage },
      metadata: forReaders,
    },
    create: {
      method: 'POST',
      path: '/v2/hosts',
      summary: 'Put a host into a segment',
      description: '404 for a segment that is not there, 409 when the host is in one already.',
      body: NewHost,
      responses: { 201: z.strictObject({ host: Host }), ...missing, ...written },
      metadata: forAdmins,
    },
    get: {
      method: 'GET',
      path: '/v2/hosts/:uuid',
      summary: 'Show a host of a segment',
      pathParams: uuidParams,
      responses: { 200: z.strictObject({ host: Host }), ...missing },
      metadata: forReaders,
    },
    update: {
      method: 'PATCH',
      path: '/v2/hosts/:uuid',
      summary: 'Change a host of a segment',
      description: '409 when the name is taken, or while the host is recovered.',
      pathParams: uuidParams,
      body: HostChange,
      responses: { 200: z.strictObject({ host: Host }), ...missing, ...written },
      metadata: forAdmins,
    },
    remove: {
      method: 'DELETE',
      path: '/v2/hosts/:uuid',
      summary: 'Take a host out of its segment',
      description: '409 while the host is recovered.',
      pathParams: uuidParams,
      query: RemovalQuery,
      responses: { 204: rest.noBody(), ...missing, 409: ErrorBody },
      metadata: forAdmins,
    },
  },
  bounds,
);

export const vmoves = rest.router(
  {
    list: {
      method: 'GET',
      path: '/v2/vmoves',
      summary: 'List moves of instances, newest first',
      query: VmoveQuery,
      responses: { 200: VmovePage },
      metadata: forReaders,
    },
    get: {
      method: 'GET',
      path: '/v2/vmoves/:uuid',
      summary: 'Show a move of an instance',
      pathParams: uuidParams,
      responses: { 200: z.strictObject({ vmove: Vmove }), ...missing },
      metadata: forReaders,
    },
  },
  bounds,
);

export const audit = rest.router(
  {
    list: {
      method: 'GET',
      path: '/v2/audit',
      summary: 'List who changed what, newest first',
      query: AuditQuery,
      responses: { 200: AuditPage },
      metadata: forReaders,
    },
  },
  bounds,
);
