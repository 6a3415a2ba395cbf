import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

/** Made anew for each lab, kept in its folder, readable by its owner only. */
export type Secrets = {
  /** Of the user `admin`. */
  admin: string;
  /** Of the user `demo`, who is no administrator. */
  demo: string;
  /** Of the users of the services, `instance-ha` among them. */
  service: string;
  database: string;
  messaging: string;
  erlangCookie: string;
};

const secret = () => randomBytes(18).toString('hex');

export function newSecrets(): Secrets {
  return {
    admin: secret(),
    demo: secret(),
    service: secret(),
    database: secret(),
    messaging: secret(),
    erlangCookie: secret(),
  };
}

/** The secrets of the lab, made when there are none yet. */
export function ensureSecrets(path: string): Secrets {
  if (!existsSync(path)) {
    writeFileSync(`${path}.new`, `${JSON.stringify(newSecrets())}\n`, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }
  return JSON.parse(readFileSync(path, 'utf8')) as Secrets;
}
