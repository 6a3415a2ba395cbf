export {
  listRoutes,
  type RegisterOptions,
  type RouteHandler,
  type RouterHandlers,
  registerContract,
  replied,
} from './server/register-contract.ts';
export type { RequestIssue, RequestPart } from './server/request-faults.ts';
