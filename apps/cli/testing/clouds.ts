import { type FakeOpenStack, fakeAdmin } from '@instance-ha/openstack/fake-nova';

/** An openrc of the fake cloud's admin. */
export const openrc = (cloud: FakeOpenStack): Record<string, string> => ({
  OS_AUTH_URL: cloud.authUrl,
  OS_USERNAME: fakeAdmin.name,
  OS_PASSWORD: fakeAdmin.password,
  OS_PROJECT_NAME: 'admin',
  OS_USER_DOMAIN_NAME: 'Default',
  OS_PROJECT_DOMAIN_NAME: 'Default',
});
