import type { masakariContract } from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import type { ApiContext } from '../context.ts';
import { extensionHandlers } from './discovery.ts';
import { hostHandlers } from './hosts.ts';
import { notificationHandlers } from './notifications.ts';
import { segmentHandlers } from './segments.ts';
import { vmoveHandlers } from './vmoves.ts';

export const masakariHandlers = (context: ApiContext): RouterHandlers<typeof masakariContract> => ({
  segments: segmentHandlers(context),
  hosts: hostHandlers(context),
  notifications: notificationHandlers(context),
  vmoves: vmoveHandlers(context),
  extensions: extensionHandlers(context),
});
