import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { realLabOrSkip } from './fixture.ts';
import { ensureGuestImage } from './guest-image.ts';
import { waitUntil } from './waiting.ts';

const real = await realLabOrSkip();

describe.skipIf(real.skip)('the guest image', () => {
  const dir = mkdtempSync(join(tmpdir(), 'lab-image-'));
  afterAll(async () => {
    await real.lab.down();
    rmSync(dir, { recursive: true, force: true });
  });

  it('is built again after its builder was killed half-way, and once for all who ask', async () => {
    const code = `import { ensureGuestImage } from ${JSON.stringify(new URL('./guest-image.ts', import.meta.url).href)};
      await ensureGuestImage({ dir: ${JSON.stringify(dir)} });`;
    const builder = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
    const halfWay = () =>
      readdirSync(dir).some(name => existsSync(join(dir, name, 'work/kernel/boot'))) || undefined;
    await waitUntil('the kernel being unpacked', halfWay, { timeoutMs: 120_000, everyMs: 5 });
    builder.kill('SIGKILL');
    await once(builder, 'exit');
    expect(readdirSync(dir)).toEqual([expect.stringMatching(/^building-/)]);

    const told: string[] = [];
    const ask = () => ensureGuestImage({ dir, onProgress: ({ text }) => told.push(text) });
    const [one, two] = await Promise.all([ask(), ask()]);
    expect(one).toEqual(two);
    expect(readdirSync(dir)).toHaveLength(1);
    expect(readdirSync(one.folder).sort()).toEqual(['image.json', 'initrd', 'vmlinux']);
    expect(readFileSync(join(one.folder, 'vmlinux')).subarray(1, 4).toString()).toBe('ELF');
    expect(told.filter(text => text.startsWith('downloading'))).toHaveLength(1);
    expect(told).toContain('another process builds the guest image, waiting for it');

    told.length = 0;
    expect(await ask()).toEqual(one);
    expect(told).toEqual([]);
  });
});
