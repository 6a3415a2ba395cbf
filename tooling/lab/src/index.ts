export { canHostLab, type LabPossibility } from './can-host-lab.ts';
export type { GuestOptions, WatchdogAction } from './domain-xml.ts';
export { type Fault, faults, type Injection, isFault } from './faults.ts';
export { ensureGuestImage, type GuestImage, type GuestImageOptions } from './guest-image.ts';
export { attachLab, createLab, type Lab, type LabDownReport, type LabOptions, labDown } from './lab.ts';
export { LabError, type LabErrorCode, labErrorCodes } from './lab-error.ts';
export type { LabGuest } from './lab-guest.ts';
export type { LabHost } from './lab-host.ts';
export {
  type InstallOptions,
  type InstallPlan,
  installPackages,
  installPlan,
  labPackages,
} from './packages.ts';
export type { LabProgress, OnProgress } from './progress.ts';
