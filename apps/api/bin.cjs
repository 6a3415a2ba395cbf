#!/usr/bin/env -S node --max-semi-space-size=2
/**
 * Runs the program on a Node.js that is new enough: this one, or the one that was installed with the package.
 * Plain CommonJS, so that any Node.js can read it and say what is missing. `runtime` in package.json says what it is
 * started with.
 */
'use strict';

const { spawn } = require('node:child_process');
const { existsSync } = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');

const { bin, runtime } = require('./package.json');
const name = Object.keys(bin)[0];
const main = path.join(__dirname, 'dist', 'main.js');
const needed = [22, 18];
/** Options of the heap must be given at the start: the first line gives them too. */
const { heap } = runtime;
/** Set while running, so that a Node.js that no longer knows them starts all the same. */
const { tiers } = runtime;
const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > needed[0] || (major === needed[0] && minor >= needed[1])) runHere();
else runOn(bundledNode());

function runHere() {
  for (const flag of tiers) v8.setFlagsFromString(flag);
  void import(main);
}

function bundledNode() {
  try {
    const manifest = require.resolve(`node-${process.platform}-${process.arch}/package.json`);
    const file = path.join(manifest, '..', 'bin', 'node');
    return existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}

function runOn(node) {
  if (!node) {
    refuse('no bundled runtime is installed');
    return;
  }
  const child = spawn(node, [...heap, ...tiers, main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of forwarded) {
    process.on(signal, () => {
      // A terminal's Ctrl-C has reached the child already.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  child.on('error', error => refuse(`the bundled runtime cannot be started: ${error.message}`));
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code ?? 1);
    // To end as the child did, the signal must find its default again.
    for (const one of forwarded) process.removeAllListeners(one);
    process.kill(process.pid, signal);
  });
}

function refuse(why) {
  process.stderr.write(
    `${name} needs Node.js ${needed.join('.')} or newer (this is v${process.versions.node}) and ${why}.\n`,
  );
  process.exit(78);
}
