import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { iniLimits } from '../ini/document.ts';
import type { ConfigProblem, TextLayerKind } from '../load/problem.ts';

/** A text with the permission bits of its file, or why there is none. */
export type ReadText =
  | { readonly ok: true; readonly text: string; readonly mode: number }
  | { readonly ok: false; readonly missing: boolean; readonly problem: ConfigProblem };

/** UTF-8 takes at most four bytes for one or two UTF-16 units; one byte more shows that a file is too large. */
const maxBytes = iniLimits.maxLength * 4 + 1;

/** Reads one file, bounded in size. Pipes and sockets are refused, as opening one could wait for ever. */
export async function readText(file: string, layer: TextLayerKind): Promise<ReadText> {
  const refuse = (code: ConfigProblem['code'], message: string, missing = false): ReadText => ({
    ok: false,
    missing,
    problem: { code, at: { layer, file }, message },
  });
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile() && !stat.isCharacterDevice())
      return refuse('file-unreadable', 'expected a file, found something else');
    const bytes = await readBounded(handle);
    if (bytes.length === maxBytes)
      return refuse('too-large', `expected at most ${maxBytes - 1} bytes, found more`);
    const text = decode(bytes);
    if (text === undefined) return refuse('file-not-utf8', 'expected UTF-8, found bytes that are none');
    return { ok: true, text, mode: stat.isFile() ? stat.mode & 0o777 : 0 };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return refuse('file-missing', 'expected a file, found none', true);
    return refuse('file-unreadable', `could not be read: ${code ?? 'unknown error'}`);
  } finally {
    await handle?.close();
  }
}

async function readBounded(handle: FileHandle): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < maxBytes) {
    const buffer = new Uint8Array(Math.min(65_536, maxBytes - length));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) break;
    chunks.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks);
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The `code` of an error of Node's file system. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
