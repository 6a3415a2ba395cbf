import { library } from '../../tooling/tsup/library.ts';

export default library(['src/index.ts', 'src/embedded.ts', 'src/testing.ts', 'src/testing/global-setup.ts']);
