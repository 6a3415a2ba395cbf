/** node network-stub-main.ts PORT: the stand-in for Neutron on 127.0.0.1:PORT. */
import { createNetworkStub } from './network-stub.ts';

createNetworkStub().listen(Number(process.argv[2]), '127.0.0.1');
