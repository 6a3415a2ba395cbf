export { ApiError, type ApiErrorCode, apiErrorCodes } from './client/api-error.ts';
export {
  type ApiClient,
  type ApiClientOptions,
  type CallOptions,
  type ContractClient,
  createApiClient,
  createNativeClient,
  type NativeClient,
} from './client/create-api-client.ts';
export type { FollowOptions, StreamEvent } from './client/follow-events.ts';
