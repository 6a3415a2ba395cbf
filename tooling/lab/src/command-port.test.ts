import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askGuest, sendToGuest } from './command-port.ts';
import { waitUntil } from './waiting.ts';

/** A shell behind a unix socket, as the guest's init has it behind its port. */
let folder = '';
let server: Server;
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lab-port-'));
  path = join(folder, 'g1.cmd');
  server = createServer(socket => {
    // One stream, as on a port: of two nobody knows which comes first.
    const shell = spawn('sh', ['-c', 'exec sh 2>&1'], { cwd: folder });
    socket.pipe(shell.stdin).on('error', () => {});
    shell.stdout.pipe(socket);
    socket.on('error', () => {}).on('close', () => shell.kill());
  });
});
afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const limits = { timeoutMs: 10_000 };

describe('the command port of a guest', () => {
  it('gives output and exit code of a line, again and again', async () => {
    server.listen(path);
    expect(await askGuest(path, 'echo one; echo two >&2; (exit 3)', limits)).toEqual({
      output: 'one\ntwo\n',
      exitCode: 3,
    });
    expect(await askGuest(path, 'printf x', limits)).toEqual({ output: 'x', exitCode: 0 });
  });

  it('lets a line loose without waiting for its end', async () => {
    server.listen(path);
    const beforeMs = performance.now();
    const atMs = await sendToGuest(path, 'touch done; sleep 600', limits);
    expect(atMs).toBeGreaterThanOrEqual(beforeMs);
    await waitUntil('the line being run', () => existsSync(join(folder, 'done')) || undefined, limits);
  });

  it('waits for a guest that still boots', async () => {
    const asked = askGuest(path, 'echo up', limits);
    server.listen(path);
    expect((await asked).output).toBe('up\n');
  });

  it('gives up on a guest that never answers, and says where', async () => {
    server.removeAllListeners('connection');
    server.listen(path);
    await expect(askGuest(path, 'true', { timeoutMs: 1 })).rejects.toThrow(
      `an answer of the guest's shell at ${path}`,
    );
  });
});
