import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { LabError } from './lab-error.ts';
import { waitUntil } from './waiting.ts';

export type CommandPortOptions = { timeoutMs: number; signal?: AbortSignal | undefined };

/**
 * Gives one line to the guest's shell behind the unix socket at `path`, once the shell has answered that it listens. Resolves
 * when the line is written, with the instant of it (`performance.now()`); what the line does is not waited for.
 */
export async function sendToGuest(
  path: string,
  command: string,
  options: CommandPortOptions,
): Promise<number> {
  return withShell(path, options, async socket => {
    const atMs = performance.now();
    await write(socket, `${command}\n`);
    // Closing at once could overtake the bytes: QEMU drops what the guest has not read when its client hangs up.
    await new Promise(resolve => setTimeout(resolve, 150));
    return atMs;
  });
}

/** Runs one line in the guest's shell and resolves to what it printed (both streams) and its exit code. */
export async function askGuest(
  path: string,
  command: string,
  options: CommandPortOptions,
): Promise<{ output: string; exitCode: number }> {
  return withShell(path, options, async (socket, reader) => {
    const tag = `END${randomBytes(6).toString('hex')}`;
    await write(socket, `${command}\necho ${tag} $?\n`);
    const text = await reader.until(new RegExp(`${tag} (\\d+)\\r?\\n`), options.timeoutMs);
    const end = text.lastIndexOf(tag);
    return {
      output: text.slice(0, end).replaceAll('\r\n', '\n'),
      exitCode: Number(/\d+/.exec(text.slice(end + tag.length))?.[0]),
    };
  });
}

/** Connects until a shell answers (a booting guest has none yet), then lets `use` have it. */
async function withShell<T>(
  path: string,
  options: CommandPortOptions,
  use: (socket: Socket, reader: Reader) => Promise<T>,
): Promise<T> {
  const opened = await waitUntil(`an answer of the guest's shell at ${path}`, () => open(path), {
    timeoutMs: options.timeoutMs,
    everyMs: 200,
    signal: options.signal,
  });
  try {
    return await use(opened.socket, opened.reader);
  } finally {
    opened.socket.destroy();
  }
}

async function open(path: string): Promise<{ socket: Socket; reader: Reader }> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const candidate = connect(path);
    candidate.once('error', reject);
    candidate.once('connect', () => resolve(candidate));
  });
  socket.on('error', () => {}); // a guest that goes away shows itself to the reader as the end of its text
  const reader = readerOf(socket);
  try {
    const tag = randomBytes(6).toString('hex');
    // The parts are joined by the shell, so an echo of our own line is not mistaken for the answer.
    await write(socket, `echo ACK''${tag}\n`);
    await reader.until(new RegExp(`ACK${tag}\\r?\\n`), 2_000);
    return { socket, reader };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

type Reader = { until: (pattern: RegExp, timeoutMs: number) => Promise<string> };

const textLimit = 1024 * 1024;

/** Collects what the guest says; `until` takes the text up to and including the match. */
function readerOf(socket: Socket): Reader {
  let text = '';
  let ended = false;
  let wake = () => {};
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    text = (text + chunk).slice(-textLimit);
    wake();
  });
  socket.once('close', () => {
    ended = true;
    wake();
  });
  return {
    until: (pattern, timeoutMs) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => settle(() => reject(new LabError('timeout', `no answer within ${timeoutMs} ms`))),
          timeoutMs,
        );
        const settle = (act: () => void) => {
          clearTimeout(timer);
          wake = () => {};
          act();
        };
        wake = () => {
          const match = pattern.exec(text);
          if (match !== null) {
            const taken = text.slice(0, match.index + match[0].length);
            text = text.slice(taken.length);
            settle(() => resolve(taken));
          } else if (ended) {
            settle(() =>
              reject(new LabError('guest-failed', 'the guest hung up its command port', { retryable: true })),
            );
          }
        };
        wake();
      }),
  };
}

function write(socket: Socket, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.write(text, error => (error ? reject(error) : resolve()));
  });
}
