import { basename } from 'node:path';

const interpreter = /^(python|perl|ruby|node|bash|dash|sh|java)[\d.]*$/;

/**
 * Whether a command line, as /proc tells it (words ended by NUL), is that of the program of this name: by its first word, by
 * the script after an interpreter (`python3 -u /usr/bin/nova-compute`), or by a title it gave itself (`nova-compute: worker`).
 * A program that merely names it in an argument is another one.
 */
export function isProgram(commandLine: string, name: string): boolean {
  const words = commandLine.split('\0');
  const [first = ''] = words;
  if (basename(first) === name) return true;
  if (first.startsWith(`${name}: `) || basename(first.split(' ', 1)[0] ?? '') === `${name}:`) return true;
  if (!interpreter.test(basename(first))) return false;
  const script = words.slice(1).find(word => word !== '' && !word.startsWith('-'));
  return script !== undefined && basename(script) === name;
}
