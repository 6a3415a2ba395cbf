import { HostNameSchema } from '@instance-ha/notification';
import { z } from 'zod';
import { forAdmins, forMonitors, forReaders } from '../access.ts';
import { ErrorBody } from '../error-body.ts';
import { rest } from '../rest.ts';
import { commonResponses } from './common-responses.ts';
import {
  Catalogue,
  ConfigurationFileName,
  ConfigurationFileText,
  ConfigurationTree,
  FileQuery,
  Preview,
  PreviewRequest,
  RevisionDetail,
  RevisionPage,
  RevisionQuery,
  RevisionsQuery,
  RunningAnswer,
  RunningReport,
  SaveConfiguration,
  ValidateRequest,
  Validation,
  Wanted,
  WantedQuery,
} from './configuration.ts';
import { NewOperation, OperationDetail, OperationPage, OperationQuery, ServiceList } from './operations.ts';

const bounds = { commonResponses, strictStatusCodes: true } as const;
const sent = { 413: ErrorBody, 415: ErrorBody } as const;
const missing = { 404: ErrorBody } as const;
const file = z.strictObject({ file: ConfigurationFileName });
const hostParams = z.strictObject({ host: HostNameSchema });

export const configuration = rest.router(
  {
    tree: {
      method: 'GET',
      path: '/v2/configuration',
      summary: 'List the configuration files that are pushed to hosts',
      responses: { 200: ConfigurationTree },
      metadata: forReaders,
    },
    catalogue: {
      method: 'GET',
      path: '/v2/configuration/catalogue',
      summary: 'Describe every option of instance-ha.conf',
      responses: { 200: Catalogue },
      metadata: forReaders,
    },
    get: {
      method: 'GET',
      path: '/v2/configuration/files/:file',
      summary: 'Show the latest saved text of a file',
      description:
        'A file that was never saved is empty and has revision 0. Secrets are shown to those alone who may save.',
      pathParams: file,
      query: FileQuery,
      responses: { 200: ConfigurationFileText },
      metadata: forReaders,
    },
    save: {
      method: 'PUT',
      path: '/v2/configuration/files/:file',
      summary: 'Save a text as a new revision; nothing is applied by it',
      description:
        '412 when somebody saved meanwhile: the message says who and when, both texts are kept. The same text again stores nothing new.',
      pathParams: file,
      query: FileQuery,
      headers: {
        /** The `etag` of the text that was edited; `"0"` for a file that was never saved. */
        'if-match': z.string().regex(/^"[0-9]{1,10}"$/, 'must be the etag of the text that was edited'),
      },
      body: SaveConfiguration,
      responses: { 200: ConfigurationFileText, 412: ErrorBody, ...sent },
      metadata: forAdmins,
    },
    revisions: {
      method: 'GET',
      path: '/v2/configuration/files/:file/revisions',
      summary: 'List the saves of a file, newest first',
      pathParams: file,
      query: RevisionsQuery,
      responses: { 200: RevisionPage },
      metadata: forReaders,
    },
    revision: {
      method: 'GET',
      path: '/v2/configuration/files/:file/revisions/:revision',
      summary: 'Show a saved text and what it changed',
      pathParams: file.extend({ revision: z.string().regex(/^[0-9]{1,10}$/, 'must be a revision') }),
      query: RevisionQuery,
      responses: { 200: RevisionDetail, ...missing },
      metadata: forReaders,
    },
    validate: {
      method: 'POST',
      path: '/v2/configuration/validate',
      summary: 'Tell what is wrong with a text',
      body: ValidateRequest,
      responses: { 200: Validation, ...sent },
      metadata: forReaders,
    },
    preview: {
      method: 'POST',
      path: '/v2/configuration/preview',
      summary: 'Tell what would change on which hosts',
      body: PreviewRequest,
      responses: { 200: Preview, ...missing, ...sent },
      metadata: forReaders,
    },
    wanted: {
      method: 'GET',
      path: '/v2/configuration/wanted/:host',
      summary: 'Ask which revision a host is to run (long poll)',
      pathParams: hostParams,
      query: WantedQuery,
      responses: { 200: Wanted },
      metadata: forMonitors,
    },
    running: {
      method: 'PUT',
      path: '/v2/configuration/running/:host',
      summary: 'Report which revision a service of a host runs',
      pathParams: hostParams,
      body: RunningReport,
      responses: { 200: RunningAnswer, ...sent },
      metadata: forMonitors,
    },
  },
  bounds,
);

const operationParams = z.strictObject({
  id: z.string().regex(/^[0-9]{1,15}$/, 'must be the id of an operation'),
});

export const operations = rest.router(
  {
    create: {
      method: 'POST',
      path: '/v2/operations',
      summary: 'Bring a saved revision to hosts',
      description:
        '409 while another operation runs, when the revision has errors (each is named), or when it is for hosts that no monitor or worker is known of.',
      body: NewOperation,
      responses: { 201: OperationDetail, ...missing, 409: ErrorBody, ...sent },
      metadata: forAdmins,
    },
    list: {
      method: 'GET',
      path: '/v2/operations',
      summary: 'List operations, newest first',
      query: OperationQuery,
      responses: { 200: OperationPage },
      metadata: forReaders,
    },
    get: {
      method: 'GET',
      path: '/v2/operations/:id',
      summary: 'Show an operation with a row for each service of each host',
      pathParams: operationParams,
      responses: { 200: OperationDetail, ...missing },
      metadata: forReaders,
    },
    cancel: {
      method: 'POST',
      path: '/v2/operations/:id/cancel',
      summary: 'Tell no further host; those that were told keep the new revision',
      pathParams: operationParams,
      body: z.strictObject({}),
      responses: { 200: OperationDetail, ...missing, 409: ErrorBody, ...sent },
      metadata: forAdmins,
    },
  },
  bounds,
);

export const services = rest.router(
  {
    list: {
      method: 'GET',
      path: '/v2/services',
      summary: 'List monitors and workers with the revision they run',
      responses: { 200: ServiceList },
      metadata: forReaders,
    },
  },
  bounds,
);
