export { ConfigFileError, type ConfigFileErrorCode } from './file/config-file-error.ts';
export { type ReadConfigOptions, type ReadConfigResult, readConfig } from './file/read-config.ts';
export { type WriteConfigFileOptions, writeConfigFile } from './file/write-config-file.ts';
