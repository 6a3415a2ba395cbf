export { elapse } from './testing/elapse.ts';
export { type FreshDatabase, freshDatabase } from './testing/fresh-database.ts';
