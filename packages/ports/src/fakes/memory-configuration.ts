import {
  type ConfigurationRevision,
  type ConfigurationStore,
  type ConfigurationSummary,
  configurationPath,
} from '../configuration.ts';
import { copy, type MemoryDatabase, storableText } from './memory-database.ts';

export function memoryConfiguration(database: MemoryDatabase): ConfigurationStore {
  const { revisions, targets } = database;
  const newest = (host: string | null, upTo = Number.POSITIVE_INFINITY): ConfigurationRevision | undefined =>
    revisions.findLast(({ record }) => record.host === host && record.revision <= upTo)?.record;
  return {
    async save({ host, text, comment, errors, warnings, expected, changes }, by) {
      await database.enter();
      const latest = newest(host);
      if ((latest?.revision ?? 0) !== expected) return { ok: false, why: 'overtaken', record: copy(latest) };
      if (latest?.text === storableText(text)) return { ok: true, record: copy(latest) };
      const record: ConfigurationRevision = {
        revision: database.nextId('revision'),
        host,
        text: storableText(text),
        savedAt: database.now(),
        savedBy: storableText(by.initiator.name),
        comment: comment === null ? null : storableText(comment),
        errors,
        warnings,
      };
      revisions.push({ record, savedAtMs: database.clock.monotonicMs() });
      database.record({
        action: 'save',
        outcome: 'success',
        initiator: by.initiator,
        target: { type: 'configuration', id: String(record.revision), name: configurationPath(host) },
        reason: comment,
        requestId: by.requestId,
        changes,
      });
      const { revision, savedBy } = record;
      database.emit('configuration', configurationPath(host), { revision, by: savedBy, draft: errors > 0 });
      return { ok: true, record: copy(record) };
    },
    async get(host, upTo) {
      await database.enter();
      return copy(newest(host, upTo));
    },
    async files(upTo) {
      await database.enter();
      const hosts = [...new Set(revisions.map(({ record }) => record.host))].sort(byHost);
      return hosts.flatMap(host => newest(host, upTo) ?? []).map(summary);
    },
    async list(host, { limit, after = Number.POSITIVE_INFINITY }) {
      await database.enter();
      return revisions
        .map(({ record }) => record)
        .filter(each => each.host === host && each.revision < after)
        .reverse()
        .slice(0, limit)
        .map(summary);
    },
    async latest() {
      await database.enter();
      return revisions.at(-1)?.record.revision ?? 0;
    },
    async wanted(host) {
      await database.enter();
      return targets.get(host) ?? targets.get(null);
    },
    async wantedOf(hosts) {
      await database.enter();
      return hosts.map(host => targets.get(host) ?? targets.get(null));
    },
    async applied() {
      await database.enter();
      return targets.get(null);
    },
  };
}

const summary = ({ text: _text, ...rest }: ConfigurationRevision): ConfigurationSummary => copy(rest);
const byHost = (a: string | null, b: string | null): number => ((a ?? '') < (b ?? '') ? -1 : 1);
