export { type MemoryStores, memoryStores } from './fakes/memory-stores.ts';
