import { readdirSync, readFileSync } from 'node:fs';

/**
 * Memory of all processes of a group in MiB, shared pages divided among those who share them (`proc(5)`, smaps_rollup, Pss); 0 when
 * there is no such group.
 */
export function groupMemoryMiB(group: number): number {
  let kib = 0;
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
    const stat = read(`/proc/${pid}/stat`);
    if (stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2] !== String(group)) continue;
    kib += Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0);
  }
  return Math.round(kib / 1024);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return ''; // ended while we looked, or not ours
  }
}
