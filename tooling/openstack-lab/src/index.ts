export type { Call, Credentials, Endpoints, OpenStackApi, ServiceType } from './api.ts';
export type { UpReport } from './bring-up.ts';
export type { ClientName } from './client-files.ts';
export type { OpenStackLabOptions } from './lab-options.ts';
export { type BootOptions, guestFlavor, guestImage, type Server, tinyFlavor, tinyImage } from './objects.ts';
export { createOpenStackLab, type DownReport, defaultFolder, type OpenStackLab } from './openstack-lab.ts';
export type { Progress } from './progress.ts';
export type { LabStatus } from './status.ts';
