export { addKey, openKeyFile } from './key-file.ts';
export { KeyRing, type Seal } from './key-ring.ts';
export { type Resealed, resealHosts } from './reseal-hosts.ts';
export { VaultError, type VaultErrorCode, vaultErrorCodes } from './vault-error.ts';
