import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { createLab, type LabGuest } from '@instance-ha/lab';

/** A host to watch, and a guest of it that may be crashed for a demonstration. */
export type Ground = {
  about: string;
  libvirtUri: string;
  /** Names of the guests that must answer before the demonstration. */
  guests: { name: string; uuid: string }[];
  /** Crashes the first guest; resolves to what was done and when, by the wall clock. */
  crash: (() => Promise<{ what: string; atEpochMs: number }>) | undefined;
  stop(): Promise<void>;
};

/** Real guests on a private libvirtd, which end with this process however it ends. */
export async function labGround(options: {
  folder: string;
  imageFolder: string;
  say: (line: string) => void;
  signal: AbortSignal;
}): Promise<Ground> {
  const { folder, imageFolder, say, signal } = options;
  // The image is kept for the next time; a link lets other commands find it in the lab's own folder.
  mkdirSync(imageFolder, { recursive: true, mode: 0o755 });
  mkdirSync(join(folder, 'lab'), { mode: 0o755 });
  symlinkSync(imageFolder, join(folder, 'lab', 'image'));
  const lab = await createLab({
    dir: join(folder, 'lab'),
    lifetime: 'process',
    signal,
    onProgress: ({ text }) => say(text),
  });
  try {
    const host = await lab.host('lab-1');
    const guests: LabGuest[] = [];
    for (const name of ['web', 'db']) {
      say(`starting guest ${name} (128 MiB, guest agent, panic device, watchdog)`);
      guests.push(await host.guest(name, { watchdog: 'reset', signal }));
    }
    const [web] = guests;
    return {
      about: 'two real QEMU guests on a private libvirtd',
      libvirtUri: host.uri,
      guests: guests.map(({ name, uuid }) => ({ name, uuid })),
      crash:
        web &&
        (async () => ({
          what: `kernel panic in guest ${web.name}`,
          atEpochMs: (await web.fault('panic')).atEpochMs,
        })),
      stop: async () => {
        await lab.down();
      },
    };
  } catch (error) {
    await lab.down();
    throw error;
  }
}
