export {
  type EmbeddedConnection,
  type EmbeddedOptions,
  type EmbeddedServer,
  startEmbedded,
} from './embedded/start-embedded.ts';
