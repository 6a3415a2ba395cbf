export {
  listRoutes,
  type RegisterOptions,
  type RouteHandler,
  type RouterHandlers,
  registerContract,
  replied,
} from './server/register-contract.ts';
export type { RequestPart } from './server/request-faults.ts';
