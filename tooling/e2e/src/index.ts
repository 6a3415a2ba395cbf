export { eventually } from './eventually.ts';
export { Service } from './service.ts';
export { Stack } from './stack.ts';
