import { join } from 'node:path';

/** Where a lab keeps what. Everything is below its folder. */
export type Places = ReturnType<typeof placesIn>;

export function placesIn(dir: string) {
  const at = (...parts: string[]) => join(dir, ...parts);
  return {
    dir,
    settings: at('lab.json'),
    secrets: at('secrets.json'),
    cloudsYaml: at('clouds.yaml'),
    envFile: at('openrc'),
    /** Programs of one line each, and what they read. */
    bin: (name: string) => at('bin', name),
    etc: (...parts: string[]) => at('etc', ...parts),
    log: (name: string) => at('log', `${name}.log`),
    run: at('run'),
    /** Marks of what need not be done again. */
    done: (name: string) => at('done', name),
    databaseFolder: at('mariadb'),
    databaseSocket: at('run', 'mariadb.sock'),
    messagingFolder: at('rabbitmq'),
    identityFolder: at('keystone'),
    imageFolder: at('glance'),
    computeFolder: (host: string) => at('nova', host),
    guestLab: at('kvm'),
  };
}

/** What a lab's folder may be called: the name stands in URLs, option files and shell words, unquoted. */
export const plainPath = /^\/[A-Za-z0-9/._-]+$/;
