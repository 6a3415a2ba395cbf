/**
 * libvirt's error numbers that callers may want to look at. Numbers and spelling of libvirt
 * `include/libvirt/virterror.h`; any other number reaches the caller as it came.
 */

/** `virErrorNumber`, without `VIR_ERR_`. */
export const VirErrorNumber = {
  INTERNAL_ERROR: 1,
  NO_MEMORY: 2,
  NO_SUPPORT: 3,
  NO_CONNECT: 5,
  INVALID_DOMAIN: 7,
  INVALID_ARG: 8,
  OPERATION_FAILED: 9,
  DOM_EXIST: 28,
  OPERATION_DENIED: 29,
  SYSTEM_ERROR: 38,
  RPC: 39,
  NO_DOMAIN: 42,
  AUTH_FAILED: 45,
  OPERATION_INVALID: 55,
  CONFIG_UNSUPPORTED: 67,
  OPERATION_TIMEOUT: 68,
  ARGUMENT_UNSUPPORTED: 74,
  OPERATION_ABORTED: 78,
  AUTH_CANCELLED: 79,
  OPERATION_UNSUPPORTED: 84,
  AGENT_UNRESPONSIVE: 86,
  RESOURCE_BUSY: 87,
  ACCESS_DENIED: 88,
  AUTH_UNAVAILABLE: 94,
  AGENT_UNSYNCED: 97,
  AGENT_COMMAND_TIMEOUT: 112,
  AGENT_COMMAND_FAILED: 113,
} as const;
export type VirErrorNumber = (typeof VirErrorNumber)[keyof typeof VirErrorNumber];

/** `virErrorDomain`, without `VIR_FROM_`: which part of libvirt complains. */
export const VirErrorDomain = {
  NONE: 0,
  RPC: 7,
  QEMU: 10,
  TEST: 12,
  REMOTE: 13,
  DOMAIN: 20,
  EVENT: 40,
} as const;
export type VirErrorDomain = (typeof VirErrorDomain)[keyof typeof VirErrorDomain];
