/** One entry of an initramfs. Folders come into being by the entries below them. */
export type InitramfsEntry =
  | { type: 'file'; path: string; content: Uint8Array | string; executable?: boolean }
  | { type: 'link'; path: string; target: string }
  | { type: 'folder'; path: string };

const modes = { file: 0o100644, program: 0o100755, link: 0o120777, folder: 0o040755 };

/**
 * Writes entries as an uncompressed `newc` cpio archive, the format the Linux kernel unpacks as its initramfs
 * (Documentation/driver-api/early-userspace/buffer-format.rst). Paths are relative, without a leading slash; parents are
 * added, each once, before what they hold. The same entries give the same bytes.
 */
export function writeInitramfs(entries: readonly InitramfsEntry[]): Buffer {
  const parts: Buffer[] = [];
  const folders = new Set<string>();
  let inode = 1;

  const add = (path: string, mode: number, content: Buffer) => {
    const name = Buffer.from(`${path}\0`);
    const fields = [inode++, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
    const header = `070701${fields.map(field => field.toString(16).padStart(8, '0')).join('')}`;
    parts.push(padded(Buffer.concat([Buffer.from(header), name])), padded(content));
  };
  const addFolder = (path: string) => {
    if (path === '' || folders.has(path)) return;
    addFolder(parentOf(path));
    folders.add(path);
    add(path, modes.folder, Buffer.alloc(0));
  };

  for (const entry of entries) {
    if (entry.type === 'folder') {
      addFolder(entry.path);
      continue;
    }
    addFolder(parentOf(entry.path));
    if (entry.type === 'link') add(entry.path, modes.link, Buffer.from(entry.target));
    else
      add(
        entry.path,
        entry.executable === true ? modes.program : modes.file,
        Buffer.from(entry.content as string),
      );
  }
  add('TRAILER!!!', 0, Buffer.alloc(0));
  return Buffer.concat(parts);
}

const parentOf = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/')));

const padded = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
