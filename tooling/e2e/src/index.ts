export { eventually } from './eventually.ts';
export { freePort } from './free-port.ts';
export { endOf, fileHost, instanceFailure, SegmentBook, untilEnded } from './incidents.ts';
export { type Migration, NovaCloud } from './nova-cloud.ts';
export { Service } from './service.ts';
export { silent } from './silent-logger.ts';
export { Stack } from './stack.ts';
