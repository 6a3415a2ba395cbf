import { library } from '../../tooling/tsup/library.ts';

export default library(['src/index.ts', 'src/server.ts', 'src/client.ts', 'src/openapi.ts']);
