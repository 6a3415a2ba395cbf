import type { ApiFacts, DoctorFacts } from '../facts.ts';
import { bad, type Finding, notAsked, ok } from '../finding.ts';

/** The API itself: is it there, whom does it take us for, has it its database, is it paused. */
export function checkService({ api, cliVersion }: DoctorFacts): Finding[] {
  const answers = checkApi(api, cliVersion);
  // Of an API that is not there nothing more can be said, and one line says so.
  if (answers.level === 'problem') return [answers];
  const door = [answers, checkDatabase(api), checkToken(api)];
  return isUsable(api) ? [...door, checkPause(api)] : door;
}

/** Whether the rest of what the API is asked has a chance: else one line says what is wrong, and not twenty. */
export const isUsable = ({ version, readiness, identity }: ApiFacts): boolean =>
  version.ok && readiness.ok && readiness.value.ready && identity.ok && identity.value.scope !== 'monitor';

function checkApi({ url, version }: ApiFacts, cliVersion: string): Finding {
  const expected = `an API of Instance HA at ${url}`;
  if (!version.ok)
    return bad('problem', 'api', {
      expected,
      found: version.why,
      advice: 'start instance-ha-api, or name its address by --api-url or INSTANCE_HA_API_URL',
    });
  if (version.value !== cliVersion)
    return bad('warning', 'api', {
      expected: `the version of this command, ${cliVersion}`,
      found: `an API of version ${version.value}`,
      advice: 'use a command line of the same version: what one of them does not know is not shown',
    });
  return ok('api', expected, `${url} answers, version ${version.value}`);
}

function checkDatabase({ readiness }: ApiFacts): Finding {
  const expected = 'a database that answers';
  if (readiness.ok && readiness.value.ready) return ok('database', expected, readiness.value.detail);
  return bad('problem', 'database', {
    expected,
    found: readiness.ok ? readiness.value.detail : readiness.why,
    advice: 'look at PostgreSQL and at [database] connection; monitors keep what they find until it is back',
  });
}

function checkToken({ identity }: ApiFacts): Finding {
  const expected = 'a token that may look';
  if (!identity.ok)
    return bad('problem', 'token', {
      expected,
      found: identity.why,
      advice:
        'name another by --token-file or INSTANCE_HA_TOKEN; instance-ha-api --issue-token NAME makes one',
    });
  const { name, scope } = identity.value;
  if (scope === 'monitor')
    return bad('problem', 'token', {
      expected,
      found: `${name}, a monitor's: it may file for its own host and see nothing`,
      advice: 'use the token of a reader or an admin, such as admin.token in [api] tokens_path',
    });
  const may = scope === 'admin' ? 'may everything' : 'may look and change nothing';
  return ok('token', expected, `${name}, scope ${scope}: ${may}`);
}

function checkPause({ pause }: ApiFacts): Finding {
  const expected = 'no pause';
  if (!pause.ok) return notAsked('pause', expected, pause.why);
  if (pause.value === null) return ok('pause', expected, 'recovery is not paused');
  const { by, until, reason } = pause.value;
  return bad('warning', 'pause', {
    expected,
    found: `recovery is paused by ${by} until ${until}: ${reason}`,
    advice: 'instance-ha resume, when that is over',
  });
}
