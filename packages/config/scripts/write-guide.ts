/** Writes the generated pages of the operator guide: the options reference and the sample file. */
import { mkdir, writeFile } from 'node:fs/promises';
import { optionsReference, sampleFile } from '../src/index.ts';

const guide = new URL('../../../docs/guide/', import.meta.url);
await mkdir(guide, { recursive: true });
await writeFile(new URL('options.md', guide), optionsReference());
await writeFile(new URL('instance-ha.conf.sample', guide), sampleFile());
