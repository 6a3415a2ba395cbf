import {
  checkPushed,
  describeOptions,
  diffConfig,
  lineDiff,
  loadPushed,
  maskSecrets,
  type PushedLayer,
  type TextProblem,
} from '@instance-ha/config';
import type {
  CatalogueOption,
  ConfigurationFileText,
  HostPreview,
  nativeContract,
  OptionChange,
  ConfigurationRevision as RevisionBody,
} from '@instance-ha/contracts';
import type { RouterHandlers } from '@instance-ha/contracts/server';
import {
  type AuditChange,
  type ConfigurationRevision,
  type ConfigurationSummary,
  configurationPath,
  wantedLayers,
} from '@instance-ha/ports';
import type { FastifyRequest } from 'fastify';
import { nativeRule } from '../auth/access-policy.ts';
import { identityOf, mustSpeakFor } from '../auth/require-access.ts';
import type { ApiContext } from '../context.ts';
import { RefusalError } from '../http/error-answer.ts';
import { actorOf, auditRefusal } from '../inventory/actor.ts';
import type { RolloutDriver } from '../rollout/driver.ts';
import { knownServices } from '../rollout/known-services.ts';
import { type ChangedHost, lastDayOf } from '../rollout/last-day.ts';
import { changeBetween, layersReader, pushedLoader } from '../rollout/preview.ts';
import type { WantedWatch } from '../rollout/wanted-watch.ts';
import { cutPage, pageById } from './page-links.ts';

const name = 'instance-ha.conf';

export function configurationHandlers(
  context: ApiContext,
  rollout: { driver: RolloutDriver; watch: WantedWatch },
): RouterHandlers<typeof nativeContract>['configuration'] {
  const { stores, clock, log, maxPage, policy } = context;
  const { configuration } = stores;
  const maySeeSecrets = (request: FastifyRequest): boolean =>
    policy.allows(nativeRule('configuration.save'), identityOf(request));

  /** The texts below a file, and then its own. */
  const layersWith = async (host: string | null, text: string, upTo?: number): Promise<PushedLayer[]> => {
    const own = { name: configurationPath(host), text };
    const below = host === null ? undefined : await configuration.get(null, upTo);
    return below === undefined ? [own] : [{ name: configurationPath(null), text: below.text }, own];
  };

  const fileText = async (
    host: string | null,
    record: ConfigurationRevision | undefined,
    request: FastifyRequest,
  ): Promise<ConfigurationFileText> => {
    const text = record?.text ?? '';
    const masked = !maySeeSecrets(request);
    return {
      ...summaryOf(record ?? neverSaved(host)),
      etag: etagOf(record?.revision ?? 0),
      text: masked ? maskSecrets(text) : text,
      masked,
      problems: checkPushed(await layersWith(host, text)),
    };
  };

  return {
    tree: async () => {
      const [latest, applied, files] = await Promise.all([
        configuration.latest(),
        configuration.applied(),
        configuration.files(),
      ]);
      const then = applied === undefined ? [] : await configuration.files(applied);
      const appliedOf = new Map(then.map(({ host, revision }) => [host, revision]));
      const all = files.some(({ host }) => host === null) ? files : [neverSaved(null), ...files];
      const shown = all.map(file => ({ ...summaryOf(file), applied: appliedOf.get(file.host) ?? null }));
      return {
        status: 200,
        body: {
          latest,
          applied: applied ?? null,
          services: [{ service: 'instance-ha' as const, files: shown }],
        },
      };
    },

    catalogue: async () => ({ status: 200, body: { options: catalogue } }),

    get: async ({ query, request, reply }) => {
      const host = query.host ?? null;
      const body = await fileText(host, await configuration.get(host), request);
      reply.header('etag', body.etag);
      return { status: 200, body };
    },

    save: async ({ query, headers, body, request, reply }) => {
      const host = query.host ?? null;
      const { text, comment = null } = body;
      const expected = Number(headers['if-match'].slice(1, -1));
      const before = await configuration.get(host);
      const layers = await layersWith(host, text);
      const problems = checkPushed(layers);
      const written = await configuration.save(
        {
          host,
          text,
          comment,
          expected,
          ...countOf(problems),
          changes: auditedChanges(await layersWith(host, before?.text ?? ''), layers),
        },
        actorOf(request),
      );
      if (!written.ok) {
        const message = overtaken(configurationPath(host), expected, written.record);
        const target = { type: 'configuration', id: null, name: configurationPath(host) };
        await auditRefusal(stores, request, { action: 'save', target, reason: message });
        throw new RefusalError({
          code: 'precondition-failed',
          message,
          details: [
            {
              path: 'headers.if-match',
              expected: etagOf(written.record?.revision ?? 0),
              found: headers['if-match'],
            },
          ],
        });
      }
      const { revision, savedBy: by } = written.record;
      log.info(
        { file: configurationPath(host), revision, by, errors: countOf(problems).errors },
        'a configuration was saved',
      );
      const saved = await fileText(host, written.record, request);
      reply.header('etag', saved.etag);
      return { status: 200, body: saved };
    },

    revisions: async ({ query }) => {
      const { filter, limit, after } = pageById(query, maxPage);
      const found = await configuration.list(filter.host ?? null, { limit: limit + 1, after });
      const { rows, ...end } = cutPage(found, {
        limit,
        path: `/v2/configuration/files/${name}/revisions`,
        query,
        cursorOf: row => String(row.revision),
      });
      return { status: 200, body: { revisions: rows.map(summaryOf), ...end } };
    },

    revision: async ({ params, query, request }) => {
      const host = query.host ?? null;
      const asked = Number(params.revision);
      const record = await configuration.get(host, asked);
      if (record?.revision !== asked)
        throw new RefusalError({
          code: 'not-found',
          message: `there is no revision ${asked} of ${configurationPath(host)}`,
        });
      const against = await configuration.get(host, query.against ?? asked - 1);
      const revision = await fileText(host, record, request);
      const old = against?.text ?? '';
      const [before, after] = [
        loadPushed(await layersWith(host, old, against?.revision ?? 0)),
        loadPushed(await layersWith(host, record.text, asked)),
      ];
      const readable = before.ok && after.ok;
      return {
        status: 200,
        body: {
          revision,
          against: against?.revision ?? 0,
          lines: lineDiff(revision.masked ? maskSecrets(old) : old, revision.text) ?? null,
          changes: readable ? diffConfig(before.config, after.config).map(changeOf) : null,
        },
      };
    },

    validate: async ({ body, request }) => {
      const host = body.host ?? null;
      const problems = checkPushed(await layersWith(host, body.text));
      const checked = { sound: countOf(problems).errors === 0, problems };
      if (body.against === undefined) return { status: 200, body: checked };
      const old = (body.against === 0 ? undefined : await configuration.get(host, body.against))?.text ?? '';
      const [before, after] = maySeeSecrets(request)
        ? [old, body.text]
        : [maskSecrets(old), maskSecrets(body.text)];
      return { status: 200, body: { ...checked, lines: lineDiff(before, after) ?? null } };
    },

    preview: async ({ body }) => {
      const { revision, draft } = body;
      if (revision !== undefined && revision > (await configuration.latest()))
        throw new RefusalError({ code: 'not-found', message: `there is no revision ${revision}` });
      const hosts = body.hosts ?? (draft?.host === undefined ? await allHosts() : [draft.host]);
      const load = pushedLoader();
      const layersAt = layersReader(configuration);
      const wanted = await configuration.wantedOf(hosts);
      const latest = await configuration.latest();
      const previews: HostPreview[] = [];
      const changed: ChangedHost[] = [];
      const watched = new Set((await stores.monitors.list()).map(({ host }) => host));
      for (const [at, host] of hosts.entries()) {
        const from = wanted[at];
        const before = await layersAt(host, from ?? 0);
        const after = draft
          ? withDraft(await layersAt(host, latest), host, draft)
          : await layersAt(host, revision ?? 0);
        const [old, loaded] = [load(before), load(after)];
        const change = changeBetween(old, loaded);
        if (watched.has(host) && old.ok && loaded.ok)
          changed.push({ host, before: old.config, after: loaded.config });
        previews.push({
          host,
          from: from ?? null,
          changes: change.changes.map(changeOf),
          restarts: [...change.restarts],
          unprotected: [...change.unprotected],
          problems: loaded.ok ? [] : checkPushed(after),
        });
      }
      const sound = previews.every(({ problems }) => problems.every(({ severity }) => severity !== 'error'));
      const lastDay = await lastDayOf(changed, { recordings: stores.recordings, clock });
      return { status: 200, body: { sound, hosts: previews, lastDay } };
    },

    wanted: async ({ params, query, request, reply }) => {
      const { host } = params;
      mustSpeakFor(request, host);
      const { service, name: member, version, known, waitMs = 0 } = query;
      await stores.services.asked({ service, name: member, host, version });
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const untilMs = clock.monotonicMs() + waitMs;
      for (;;) {
        // Where nobody ever said what to run, what runs stays.
        const revision = (await configuration.wanted(host)) ?? known ?? 0;
        if (revision !== known)
          return {
            status: 200,
            body: { revision, layers: [...(await wantedLayers(configuration, host, revision))] },
          };
        const how = await rollout.watch.untilNews(host, untilMs - clock.monotonicMs(), gone.signal);
        if (how === 'over') return { status: 200, body: { revision, layers: [] } };
      }
    },

    running: async ({ params, body, request }) => {
      mustSpeakFor(request, params.host);
      await stores.services.reported({ ...body, host: params.host });
      rollout.driver.nudge();
      if (body.state === 'failed') {
        const { service, wanted, running, error } = body;
        log.warn(
          { host: params.host, service, wanted, running, why: error },
          'a service could not take a configuration',
        );
      }
      return { status: 200, body: { taken: true } };
    },
  };

  async function allHosts(): Promise<string[]> {
    const services = await knownServices(stores, {
      nowMs: clock.wallMs(),
      monitorSilentAfterMs: context.monitorSilentAfterMs(),
    });
    return [...new Set(services.map(({ host }) => host))];
  }
}

/** The texts of a host with one that is not saved yet in its place; in no place where it is for another host. */
function withDraft(
  layers: readonly PushedLayer[],
  host: string,
  draft: { text: string; host?: string | undefined },
): PushedLayer[] {
  if (draft.host !== undefined && draft.host !== host) return [...layers];
  const own = { name: configurationPath(draft.host ?? null), text: draft.text };
  const others = layers.filter(({ name }) => name !== own.name);
  return draft.host === undefined ? [own, ...others] : [...others, own];
}

const etagOf = (revision: number): string => `"${revision}"`;

/** A file that nobody saved yet. */
const neverSaved = (host: string | null) => ({
  host,
  revision: 0,
  savedAt: null,
  savedBy: null,
  comment: null,
  errors: 0,
  warnings: 0,
});

function summaryOf(record: ConfigurationSummary | ReturnType<typeof neverSaved>): RevisionBody {
  const { revision, host, savedAt, savedBy, comment, errors, warnings } = record;
  const path = configurationPath(host);
  return { revision, path, name, host, savedAt, savedBy, comment, draft: errors > 0, errors, warnings };
}

const countOf = (problems: readonly TextProblem[]): { errors: number; warnings: number } => {
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  return { errors, warnings: problems.length - errors };
};

const changeOf = ({
  key,
  group,
  name,
  before,
  after,
  reloadable,
  services,
}: ReturnType<typeof diffConfig>[number]): OptionChange => ({
  key,
  section: group,
  name,
  before,
  after,
  reloadable,
  services: [...services],
});

/** Which options a save changes, secrets as `***`; of a text that cannot be read no more than that. */
function auditedChanges(before: readonly PushedLayer[], after: readonly PushedLayer[]): AuditChange[] {
  const [old, now] = [loadPushed(before), loadPushed(after)];
  if (old.ok && now.ok)
    return diffConfig(old.config, now.config).map(change => ({
      field: change.key,
      before: change.before,
      after: change.after,
    }));
  const words = (loaded: typeof old): string => (loaded.ok ? 'sound' : `${loaded.errors.length} errors`);
  return [{ field: 'text', before: words(old), after: words(now) }];
}

function overtaken(path: string, expected: number, found: ConfigurationRevision | undefined): string {
  if (found === undefined)
    return `${path} was never saved: expected If-Match "0", found "${expected}"; nothing was saved`;
  const { savedBy, savedAt, revision, comment } = found;
  const why = comment === null ? '' : ` (“${comment}”)`;
  return `${savedBy} saved revision ${revision} of ${path} at ${savedAt}${why} after revision ${expected} was read: nothing was saved; read theirs, bring the two together, and save again`;
}

const catalogue: CatalogueOption[] = describeOptions().map(
  ({ group, field: _field, aliases, choices, services, ...option }) => ({
    ...option,
    section: group,
    choices: choices === null ? null : [...choices],
    services: [...services],
    aliases: aliases.map(alias => ({
      section: alias.group,
      name: alias.name,
      note: alias.note ?? null,
    })),
  }),
);
