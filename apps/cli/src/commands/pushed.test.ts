import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApi, type TestApi } from '../../../api/src/testing/start-api.ts';
import { type Ended, run } from '../../testing/run.ts';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.stop());

const cli = (argv: string[], input?: string): Promise<Ended> =>
  run(argv, {
    env: { INSTANCE_HA_API_URL: api.origin, INSTANCE_HA_TOKEN: api.token('admin') },
    ...(input === undefined ? {} : { input }),
  });
const every = (seconds: number): string => `[DEFAULT]\ninstance_check_interval = ${seconds}\n`;

const says = (host: string, wanted: number, error: string | null = null) =>
  api.stores.services.reported({
    service: 'monitor',
    name: host,
    host,
    version: '1.2.3',
    wanted,
    running: error === null ? wanted : 0,
    state: error === null ? 'applied' : 'failed',
    error,
  });

describe('the pushed configuration by the command line', () => {
  it('is saved, shown, compared and listed', async () => {
    expect((await cli(['config', 'pushed', 'list'])).out).toMatch(/instance-ha\.conf +0 +- +sound +never/);
    expect(await cli(['config', 'pushed', 'save', '-', '--comment', 'quicker'], every(5))).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^instance-ha\.conf: saved as revision 1; .* apply 1 brings it to hosts\n$/),
    });
    await cli(['config', 'pushed', 'save', '-'], every(6));
    expect((await cli(['config', 'pushed', 'show'])).out).toBe(every(6));
    expect((await cli(['config', 'pushed', 'show', '--revision', '1'])).out).toBe(every(5));
    expect((await cli(['config', 'pushed', 'diff', '2'])).out).toMatch(
      /^ \[DEFAULT\]\n-instance_check_interval = 5\n\+instance_check_interval = 6\n\nOPTION[^\n]*\nDEFAULT\.instance_check_interval +5 +6 +at once +monitor\n$/,
    );
    const history = (await cli(['config', 'pushed', 'history'])).out;
    expect(history).toMatch(/REVISION[^\n]*\n2 [^\n]*\n1 +sound [^\n]* admin +quicker\n$/);
  });

  it('is not saved over what somebody saved meanwhile', async () => {
    await cli(['config', 'pushed', 'save', '-'], every(5));
    const late = await cli(['config', 'pushed', 'save', '-', '--expect', '0'], every(7));
    expect(late.code).toBe(1);
    expect(late.err).toContain('admin saved revision 1 of instance-ha.conf');
    expect((await cli(['config', 'pushed', 'show'])).out).toBe(every(5));
  });

  it('is a draft with errors, which end the command with 78', async () => {
    const draft = await cli(['config', 'pushed', 'save', '-'], every(-5));
    expect(draft.code).toBe(78);
    expect(draft.out).toMatch(
      /^error: instance-ha\.conf:2:27: DEFAULT\.instance_check_interval: expected .*\n.*saved as draft 1, which cannot be applied\n$/,
    );
    expect(await cli(['config', 'pushed', 'preview', '1', '--host', 'node1'])).toMatchObject({ code: 78 });
    expect(await cli(['config', 'pushed', 'apply', 'one'])).toMatchObject({ code: 64 });
  });

  it('is previewed and applied, and followed to its end', async () => {
    await says('node1', 0);
    await cli(['config', 'pushed', 'save', '-'], `${every(60)}[monitor]\nspool_max = 500\n`);
    expect((await cli(['config', 'pushed', 'preview', '1'])).out).toMatch(
      /^node1: from its own file alone\n.*\nbegins anew: monitor\nprotected less: a hang is seen within 185 s instead of 95 s\n$/s,
    );
    const applying = cli(['config', 'pushed', 'apply', '1', '--follow', '--comment', 'calmer']);
    await says('node1', 1);
    expect(await applying).toMatchObject({
      code: 0,
      out: expect.stringMatching(/node1 monitor applied\nfinished: 1 of 1 run revision 1\n$/),
    });
    expect((await cli(['operations', 'list'])).out).toMatch(/1 +1 +finished .* 1 of 1 +0 +0 +calmer\n$/);
    expect((await cli(['services', 'list'])).out).toMatch(/node1 +monitor +1\.2\.3 .* 1 +1 +current\n$/);
  });

  it('ends in failure with the words of the host that could not take it', async () => {
    await says('node1', 0);
    await cli(['config', 'pushed', 'save', '-'], every(5));
    const begun = await cli(['config', 'pushed', 'apply', '1']);
    expect(begun.out).toMatch(/^operation 1, revision 1: running\nHOST[^\n]*\nnode1 +monitor +applying +0/);
    await says('node1', 1, 'ping_timeout is 20 s here');
    const failed = await cli(['operations', 'show', '1', '--follow']);
    expect(failed.code).toBe(1);
    expect(failed.out).toContain('node1 monitor failed: ping_timeout is 20 s here\n');
    expect(failed.err).toContain('operation 1 is failed');
    expect(await cli(['operations', 'cancel', '1'])).toMatchObject({ code: 1 });
    expect(await cli(['operations', 'show', '9'])).toMatchObject({ code: 3 });
  });
});
