import { fileURLToPath } from 'node:url';
import { labMark } from '@instance-ha/lab/tools';
import type { Ground } from './configuration.ts';
import { createServiceRunner, type ServiceRunner } from './service-runner.ts';
import { type Services, servicesOf } from './services.ts';

/** A lab's folder with its settings, and the processes that belong to it. */
export type OpenLab = { ground: Ground; mark: string; services: Services; runner: ServiceRunner };

/** The folder must be there: its inode is part of the mark. */
export function openLab(ground: Ground): OpenLab {
  const mark = labMark(ground.places.dir);
  return {
    ground,
    mark,
    services: servicesOf(ground, mark, programs),
    runner: createServiceRunner(ground.places, mark),
  };
}

const programs = {
  node: process.execPath,
  networkStub: fileURLToPath(new URL('./network-stub-main.ts', import.meta.url)),
};
