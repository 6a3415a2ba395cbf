export { FakeCloud, type FakeDurations } from './fake/cloud.ts';
export {
  type FakeOpenStack,
  type FakeOpenStackOptions,
  type FakeRequest,
  startFakeOpenStack,
} from './fake/fake-openstack.ts';
export type { FakeFaultScript, FakeFaults } from './fake/faults.ts';
export {
  type FakeCredential,
  type FakeEndpoint,
  FakeKeystone,
  type FakeKeystoneOptions,
  type FakeUser,
  fakeAdmin,
} from './fake/keystone.ts';
export type {
  FakeAction,
  FakeMigration,
  FakeScript,
  FakeServer,
  FakeServerSpec,
  FakeService,
} from './fake/server.ts';
