#!/usr/bin/env node
// Starts the guard of this platform, and is to the caller what guard itself would be: same input and output, same
// signals, same end. `guard install` writes the path of the program itself into the hooks, so that a commit starts no node.
'use strict';

const { spawn } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');

// 2: nothing was judged, as everywhere in guard.
const FAILED = 2;
const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

function fail(what, fix) {
  process.stderr.write(`guard: ${what}\n  fix  ${fix}\n`);
  process.exit(FAILED);
}

const platform = `${process.platform}-${process.arch}`;
const folder = path.join(__dirname, 'bin');
const program = path.join(folder, platform, process.platform === 'win32' ? 'guard.exe' : 'guard');
if (!fs.existsSync(program)) {
  const there = fs.existsSync(folder) ? fs.readdirSync(folder).sort().join(', ') : 'none';
  fail(`this package has no program for ${platform}; it has ${there}`, 'build it from its sources with install.sh');
}

const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
child.on('error', (e) => fail(`${program} cannot be started: ${e.message}`, 'install the package again'));
for (const signal of PASSED_ON) {
  // On a terminal the program has had the signal as well; it ends on the first and is gone for the second.
  process.on(signal, () => child.kill(signal));
}
child.on('exit', (code, signal) => {
  if (signal === null) {
    process.exit(code);
  }
  for (const name of PASSED_ON) {
    process.removeAllListeners(name);
  }
  // It was killed: end in the same way. Where that does not end this process, the code says it as a shell would.
  process.exitCode = 128 + (os.constants.signals[signal] || 0);
  process.kill(process.pid, signal);
});
