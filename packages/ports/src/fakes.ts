export { type MemoryReporter, type MemorySink, memoryReporter, memorySink } from './fakes/memory-sink.ts';
export { type MemoryStores, memoryStores } from './fakes/memory-stores.ts';
