import {
  masakariContract,
  masakariDiscoveryContract,
  masakariProjectContract,
  masakariRootContract,
  nativeContract,
  serviceContract,
} from '@instance-ha/contracts';
import { generateOpenApi } from '@instance-ha/contracts/openapi';

const description = `Files, lists and follows failures of virtual machines and what was done about them.

\`/v2\` is the API of Instance HA. \`/v1\` is the wire of OpenStack Masakari. Send a token as \`Authorization: Bearer TOKEN\` or
\`X-Auth-Token: TOKEN\`; the tokens of the first start are in \`[api] tokens_path\`.`;

/** This service as an OpenAPI 3.1 document. */
export const openApiDocument = (version: string): Record<string, unknown> =>
  generateOpenApi({
    title: 'Instance HA',
    version,
    description,
    contracts: {
      v2: nativeContract,
      service: serviceContract,
      masakari: masakariContract,
      'masakari with project': masakariProjectContract,
      'masakari versions': masakariDiscoveryContract,
      'masakari root': masakariRootContract,
    },
  });
