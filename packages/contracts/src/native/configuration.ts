import { HostNameSchema } from '@instance-ha/notification';
import { rolloutServices, runningStates } from '@instance-ha/rollout';
import { z } from 'zod';
import { IsoTime, Limit, text } from '../wire.ts';
import { Cursor } from './inventory.ts';

/**
 * The configuration that is pushed to monitors and workers. Each save of one file makes a revision; revisions of all files
 * share one count, so that revision N names what every file held once N was saved. 0: nothing saved yet.
 */
export const Revision = z.int().nonnegative().max(2_147_483_647);

/** UTF-16 units that a text may have. */
export const maxConfigurationLength = 1_048_576;

/** The file, as it stands in the addresses. */
export const ConfigurationFileName = z.enum(['instance-ha.conf']);

/** Line ends and tabs are all the control characters that a configuration needs. */
export const ConfigurationText = z
  .string()
  .max(maxConfigurationLength)
  .regex(/^[\t\n\r\P{Cc}]*$/u, 'must hold no control characters but tabs and line ends');

const Comment = text(500);
const count = z.int().nonnegative();
export const ServiceName = z.enum(rolloutServices);
export type ServiceName = z.infer<typeof ServiceName>;

/**
 * What is wrong with a text, for an editor: `line` and `column` count from 1, `endColumn` is the first after it; null where the
 * problem has no place of its own. `key` is `section.name`. `suggestion` is what was likely meant.
 */
export const ConfigurationProblem = z.strictObject({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  line: z.int().positive().nullable(),
  column: z.int().positive().nullable(),
  endColumn: z.int().positive().nullable(),
  key: z.string().nullable(),
  message: z.string(),
  suggestion: z.string().nullable(),
});
export type ConfigurationProblem = z.infer<typeof ConfigurationProblem>;

/** One saved text without the text. `draft`: it has errors, and cannot be applied. */
export const ConfigurationRevision = z.strictObject({
  revision: Revision,
  /** `instance-ha.conf`, or `hosts/NAME/instance-ha.conf`. */
  path: z.string(),
  name: ConfigurationFileName,
  /** The host it is for; null: all hosts. */
  host: z.string().nullable(),
  savedAt: IsoTime.nullable(),
  savedBy: z.string().nullable(),
  comment: z.string().nullable(),
  draft: z.boolean(),
  errors: count,
  warnings: count,
});
export type ConfigurationRevision = z.infer<typeof ConfigurationRevision>;

/**
 * A file of the tree with its latest save. `applied` is the revision of this file that hosts are to run, null when no
 * operation has applied one; it differs from `revision` while a save waits for its operation.
 */
export const ConfigurationFile = ConfigurationRevision.extend({ applied: Revision.nullable() });
export type ConfigurationFile = z.infer<typeof ConfigurationFile>;

/** `latest` is the newest revision of all, `applied` the one that hosts run unless an operation told them otherwise. */
export const ConfigurationTree = z.strictObject({
  latest: Revision,
  applied: Revision.nullable(),
  services: z.array(z.strictObject({ service: z.literal('instance-ha'), files: z.array(ConfigurationFile) })),
});
export type ConfigurationTree = z.infer<typeof ConfigurationTree>;

/**
 * A saved text. `masked`: the reader may not see secrets, and `***` stands for each. `etag` goes into `If-Match` of the
 * next save; of a file that was never saved it is `"0"`.
 */
export const ConfigurationFileText = ConfigurationRevision.extend({
  etag: z.string(),
  text: z.string(),
  masked: z.boolean(),
  problems: z.array(ConfigurationProblem),
});
export type ConfigurationFileText = z.infer<typeof ConfigurationFileText>;

/** The host whose override is meant; without it the file for all hosts. */
export const FileQuery = z.strictObject({ host: HostNameSchema.optional() });

/** A text with errors is kept, as a draft. An empty text of a host takes its override away. */
export const SaveConfiguration = z.strictObject({ text: ConfigurationText, comment: Comment.optional() });

export const RevisionsQuery = FileQuery.extend({ limit: Limit.optional(), cursor: Cursor.optional() });
export const RevisionPage = z.strictObject({
  revisions: z.array(ConfigurationRevision),
  nextCursor: z.string().nullable(),
  next: z.string().nullable(),
});

/** `against`: another revision; 0 is the empty text. Without it the save of the same file before. */
export const RevisionQuery = FileQuery.extend({ against: Revision.optional() });

/** One option that differs. As written in the file; of a secret `***`; empty: not set. `reloadable`: needs no restart. */
export const OptionChange = z.strictObject({
  key: z.string(),
  section: z.string(),
  name: z.string(),
  before: z.string(),
  after: z.string(),
  reloadable: z.boolean(),
  services: z.array(z.string()),
});
export type OptionChange = z.infer<typeof OptionChange>;

/** A line that stayed, came or went; its number before and after, from 1. */
export const DiffLine = z.strictObject({
  op: z.enum(['same', 'added', 'removed']),
  before: z.int().nullable(),
  after: z.int().nullable(),
  text: z.string(),
});
export type DiffLine = z.infer<typeof DiffLine>;

/** `lines` is null when too much differs to be worth a list; `changes` is null when one of the two has errors. */
export const RevisionDetail = z.strictObject({
  revision: ConfigurationFileText,
  against: Revision,
  lines: z.array(DiffLine).nullable(),
  changes: z.array(OptionChange).nullable(),
});
export type RevisionDetail = z.infer<typeof RevisionDetail>;

/** `host`: as the override of that host, above the latest text for all hosts. */
export const ValidateConfiguration = z.strictObject({
  text: ConfigurationText,
  host: HostNameSchema.optional(),
});
/** `against`: also compare it with the file as this revision has it; 0: with nothing. */
export const ValidateRequest = ValidateConfiguration.extend({ against: Revision.optional() });
/** `sound`: it has no error. Errors and warnings by line. `lines`: as in `RevisionDetail`; absent where it was not asked for. */
export const Validation = z.strictObject({
  sound: z.boolean(),
  problems: z.array(ConfigurationProblem),
  lines: z.array(DiffLine).nullable().optional(),
});
export type Validation = z.infer<typeof Validation>;

/** Either a saved revision, or a text that is not saved yet. Without `hosts`: every host that has a monitor or worker. */
export const PreviewRequest = z
  .strictObject({
    revision: Revision.optional(),
    draft: ValidateConfiguration.optional(),
    hosts: z.array(HostNameSchema).min(1).max(1000).optional(),
  })
  .refine(asked => (asked.revision === undefined) !== (asked.draft === undefined), {
    error: 'must hold either revision or draft, and not both',
  });

/**
 * What would change on one host, reckoned from the pushed texts alone: the files on the host and its environment are not known
 * here, and the host checks the whole once more. `from` is null where nothing was pushed. `restarts` are the services that begin anew.
 */
export const HostPreview = z.strictObject({
  host: z.string(),
  from: Revision.nullable(),
  changes: z.array(OptionChange),
  restarts: z.array(ServiceName),
  problems: z.array(ConfigurationProblem),
  /** What is not protected any more, or less than before, in plain sentences. */
  unprotected: z.array(z.string()),
});
export type HostPreview = z.infer<typeof HostPreview>;

/**
 * What the last day would have been by the new configuration: which guests would have been reported by the thresholds of before and
 * of after, reckoned from what monitors have recorded. `hosts`: those on which guests would be judged otherwise. `guests`: one entry a
 * guest, those that only one of the two reports first; at most 200. `remarks`: what the recordings cannot tell.
 */
export const LastDay = z.strictObject({
  hosts: z.int(),
  recordedSince: IsoTime.nullable(),
  before: z.int(),
  after: z.int(),
  guests: z.array(
    z.strictObject({
      host: z.string(),
      instanceUuid: z.string(),
      instanceName: z.string(),
      fault: z.string(),
      rule: z.string(),
      at: IsoTime,
      in: z.enum(['before', 'after', 'both']),
    }),
  ),
  remarks: z.array(z.string()),
});
export type LastDay = z.infer<typeof LastDay>;

/** `lastDay` is null where no guest would be judged otherwise. */
export const Preview = z.strictObject({
  sound: z.boolean(),
  hosts: z.array(HostPreview),
  lastDay: LastDay.nullable(),
});
export type Preview = z.infer<typeof Preview>;

/** One option of the catalogue: what completion and hover show. `hostOnly`: it counts only in the file on the host. */
export const CatalogueOption = z.strictObject({
  key: z.string(),
  section: z.string(),
  name: z.string(),
  kind: z.string(),
  expects: z.string(),
  unit: z.string().nullable(),
  min: z.number().nullable(),
  max: z.number().nullable(),
  choices: z.array(z.string()).nullable(),
  default: z.string().nullable(),
  defaultFrom: z.string().nullable(),
  description: z.string(),
  aliases: z.array(z.strictObject({ section: z.string(), name: z.string(), note: z.string().nullable() })),
  deprecated: z.strictObject({ since: z.string(), reason: z.string() }).nullable(),
  reloadable: z.boolean(),
  hostOnly: z.boolean(),
  services: z.array(z.string()),
  secret: z.boolean(),
  optional: z.boolean(),
  repeats: z.boolean(),
});
export type CatalogueOption = z.infer<typeof CatalogueOption>;
export const Catalogue = z.strictObject({ options: z.array(CatalogueOption) });

/**
 * What a service of a host asks: `known` is the revision it was last told to run. Answers at once when that is another one, else
 * when it becomes another one, or after `waitMs` at the latest.
 */
export const WantedQuery = z.strictObject({
  service: ServiceName,
  name: text(255),
  version: text(64),
  known: Revision.optional(),
  waitMs: z.int().nonnegative().max(60_000).optional(),
});

/**
 * `layers` in order, the later one above. A `revision` that is `known` says that nothing else is wanted, and has no layers; where nobody
 * ever said what a host is to run, that is the answer too.
 */
export const Wanted = z.strictObject({
  revision: Revision,
  layers: z.array(z.strictObject({ name: z.string(), text: z.string() })),
});
export type Wanted = z.infer<typeof Wanted>;

/** `running` counts now. `failed`: `wanted` could not be taken for `error`, and `running` stayed. */
export const RunningReport = z.strictObject({
  service: ServiceName,
  name: text(255),
  version: text(64),
  wanted: Revision,
  running: Revision,
  state: z.enum(runningStates),
  error: z.string().max(4000).nullable(),
});
export type RunningReport = z.infer<typeof RunningReport>;
export const RunningAnswer = z.strictObject({ taken: z.boolean() });
