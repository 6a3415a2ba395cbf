import { library } from '../../tooling/tsup/library.ts';

export default library(['src/main.ts', 'src/run.ts']);
