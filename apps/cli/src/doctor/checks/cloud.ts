import type { CloudFacts, DoctorFacts, Right, Told } from '../facts.ts';
import { bad, type Finding, notAsked, ok } from '../finding.ts';

/** Whether the cloud lets itself be worked with: who we are to Keystone, what Nova speaks, what it lets us do. */
export function checkCloud({ cloud, neededMicroversion }: DoctorFacts): Finding[] {
  if (!cloud) return [];
  const settings = checkSettings(cloud);
  if (settings.level !== 'ok') return [settings];
  const login = checkLogin(cloud);
  if (login.level !== 'ok') return [settings, login];
  return [
    settings,
    login,
    checkNova(cloud, neededMicroversion),
    checkRight('nova-list-servers', "the right to list every project's servers", cloud.listAllServers),
    checkListServices(cloud),
    checkRight(
      'nova-update-services',
      'the right to disable a compute service and to force it down',
      cloud.updateServices,
    ),
    ok(
      'nova-evacuate',
      'the right to evacuate a server',
      'not tried: Nova looks for the server before it asks its policy, so that only a real evacuation would tell',
    ),
  ];
}

function checkSettings({ settings }: CloudFacts): Finding {
  const expected = 'settings that say where Keystone is and who we are';
  if (settings.ok) return ok('openstack', expected, `Keystone at ${settings.value.authUrl}`);
  return bad('problem', 'openstack', {
    expected,
    found: settings.why,
    advice: 'complete [openstack], the clouds.yaml, or the OS_* variables',
  });
}

function checkLogin({ login }: CloudFacts): Finding {
  const expected = 'a login at Keystone';
  if (login.ok) return ok('keystone', expected, `logged in, user ${login.value.userId}`);
  return bad('problem', 'keystone', {
    expected,
    found: login.why,
    advice: 'see that Keystone answers from here, and user, password and project',
  });
}

function checkNova({ versions }: CloudFacts, needed: string): Finding {
  const expected = `a Nova that speaks microversion ${needed}`;
  if (!versions.ok)
    return bad('problem', 'nova', {
      expected,
      found: versions.why,
      advice: 'see that nova-api answers from here, and its endpoint (region, interface)',
    });
  const { min, max } = versions.value;
  if (compare(max, needed) >= 0) return ok('nova', expected, `speaks microversions ${min} to ${max}`);
  return bad('problem', 'nova', {
    expected,
    found: `one that speaks ${min} to ${max}`,
    advice: 'Nova of the release Train (2019) or newer is needed',
  });
}

/** Microversions are pairs of numbers: 2.9 is older than 2.80. */
function compare(one: string, other: string): number {
  const [major = 0, minor = 0] = one.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major - otherMajor || minor - otherMinor;
}

const rightAdvice =
  'give the user the role admin in its project, or change the policy of Nova; without it hosts are not recovered';

function checkListServices({ services }: CloudFacts): Finding {
  const expected = 'the right to list compute services';
  if (services.ok) return ok('nova-list-services', expected, `${services.value.length} compute services`);
  return bad('problem', 'nova-list-services', { expected, found: services.why, advice: rightAdvice });
}

function checkRight(check: string, expected: string, right: Told<Right>): Finding {
  if (!right.ok) return notAsked(check, expected, right.why);
  const { allowed, detail } = right.value;
  if (allowed) return ok(check, expected, detail);
  return bad('problem', check, { expected, found: `refused: ${detail}`, advice: rightAdvice });
}
