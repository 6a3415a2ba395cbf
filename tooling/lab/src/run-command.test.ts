import { describe, expect, it } from 'vitest';
import { LabError } from './lab-error.ts';
import { runCommand, tryCommand } from './run-command.ts';

const limits = { timeoutMs: 10_000 };

describe('a command', () => {
  it('gives what it printed and its exit code', async () => {
    const script = 'cat; echo bad >&2; exit 3';
    expect(await tryCommand('sh', ['-c', script], { ...limits, input: 'in' })).toEqual({
      stdout: 'in',
      stderr: 'bad\n',
      exitCode: 3,
    });
  });

  it('that must succeed rejects with its own words', async () => {
    await expect(runCommand('sh', ['-c', 'echo no such thing >&2; exit 1'], limits)).rejects.toThrow(
      /ended with code 1: no such thing/,
    );
  });

  it('is killed at its deadline', async () => {
    const error = await runCommand('sleep', ['600'], { timeoutMs: 50 }).catch((caught: unknown) => caught);
    expect(LabError.isInstance(error) && [error.code, error.retryable, error.message]).toEqual([
      'timeout',
      true,
      'sleep 600 did not end within 50 ms',
    ]);
  });

  it('is killed when it is aborted, and not started when that was before', async () => {
    const controller = new AbortController();
    const running = runCommand('sleep', ['600'], { timeoutMs: 60_000, signal: controller.signal });
    controller.abort(new Error('stop'));
    await expect(running).rejects.toThrow('stop');
    await expect(runCommand('true', [], { ...limits, signal: controller.signal })).rejects.toThrow('stop');
  });

  it('that does not exist is told by its name', async () => {
    await expect(runCommand('/no/such/program', [], limits)).rejects.toThrow(
      /\/no\/such\/program could not be started: .*ENOENT/,
    );
  });

  it('sees none of the environment unless it inherits it', async () => {
    const print = ['-c', 'echo $HOME'];
    expect((await runCommand('sh', print, limits)).stdout).toBe('/nonexistent\n');
    const { stdout } = await runCommand('sh', print, { ...limits, env: 'inherit' });
    expect(stdout).toBe(`${process.env.HOME ?? ''}\n`);
  });
});
