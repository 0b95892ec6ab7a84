// Lets Node load TypeScript: `node --require ./policy/typescript.js <file>.ts`. What esbuild has translated is kept in
// `node_modules/.cache`, by content; that it does no more, and leaves the resolution of modules to Node, makes a command
// start in half the time that it takes through tsx. Types are checked elsewhere (`npm run types`).
// Traces name the lines of the sources where Node is told to look for them: NODE_OPTIONS=--enable-source-maps.
const { createHash, randomUUID } = require('node:crypto');
const {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} = require('node:fs');
const Module = require('node:module');
const { join } = require('node:path');

// An engine may hand a pack a TMPDIR of its own; beside the packages, a translation is found again, and is its user's.
const CACHE = join(__dirname, '..', 'node_modules', '.cache', 'platform-typescript');
const OPTIONS = {
  loader: 'ts',
  format: 'cjs',
  target: 'node20',
  sourcemap: process.sourceMapsEnabled && 'inline',
};
/** Translations that are kept at a time. */
const MOST = 2000;
const SALT = JSON.stringify([OPTIONS, require('esbuild/package.json').version]);

/** @param {string} source @param {string} sourcefile */
function translated(source, sourcefile) {
  const hash = createHash('sha256').update(SALT).update(source);
  // A map names the file, which else is nothing to a translation: copies of a checkout share theirs.
  const place = join(CACHE, hash.update(OPTIONS.sourcemap ? sourcefile : '').digest('hex'));
  const kept = read(place);
  if (kept) return kept;
  const { code } = require('esbuild').transformSync(source, { ...OPTIONS, sourcefile });
  keep(place, code);
  return code;
}

/** Undefined where there is none; empty where a machine stopped while it was written. @param {string} place */
function read(place) {
  try {
    return readFileSync(place, 'utf8');
  } catch {
    return undefined;
  }
}

/** Whole or not at all: several processes may be at it. @param {string} place @param {string} code */
function keep(place, code) {
  const part = `${place}.${randomUUID()}`;
  try {
    mkdirSync(CACHE, { recursive: true });
    // What was of earlier sources can't be told from the rest, and all of it is soon made anew.
    if (readdirSync(CACHE).length > MOST) rmSync(CACHE, { recursive: true, force: true });
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(part, code || '\n');
    renameSync(part, place);
  } catch {
    // A checkout that can't be written to is translated anew each time.
    if (existsSync(part)) rmSync(part);
  }
}

if (process.features.require_module) {
  Module._extensions['.ts'] = (module, file) => {
    module._compile(translated(readFileSync(file, 'utf8'), file), file);
  };
} else {
  // Before 20.19, Node can't `require` an ES module, which some packages are.
  require('tsx/cjs');
}
