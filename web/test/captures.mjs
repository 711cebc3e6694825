// @ts-check
// The recorded captures, and what the command says of them.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** @param {string} path in the repository */
export const at = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const folder = at('testdata/captures');

/**
 * @typedef {object} Case
 * @property {string} name
 * @property {string[]} files
 * @property {string} users as the text of a list
 */

/** @type {{cases: {name: string, file: string | string[], users: {id: string, alter_id: number}[]}[]}} */
const { cases } = JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8'));

/**
 * Finds a capture of the manifest by its name.
 *
 * @param {string} name
 * @returns {Case}
 */
export function recorded(name) {
  const found = cases.find((c) => c.name === name);
  if (!found) throw new Error(`no capture is called ${name}`);
  return { name, files: [found.file].flat(), users: found.users.map((u) => `${u.id} ${u.alter_id}\n`).join('') };
}

/** The capture of `make demo`, with its list of users. */
export const demo = () => ({ ...recorded('crowd-v4-server'), users: readFileSync(at('testdata/demo/users.txt'), 'utf8') });

/** @param {string} file */
export const bytesOf = (file) => new Uint8Array(readFileSync(`${folder}/${file}`));

/** @param {string} file */
export const pathOf = (file) => `${folder}/${file}`;

/**
 * What `vmess decode --json` prints, run where the captures are, so that it
 * calls them what a page does.
 *
 * @param {Case} c
 * @param {...string} flags
 * @returns {Promise<Buffer>}
 */
export function native(c, ...flags) {
  return new Promise((resolve, reject) => {
    const command = execFile(at('bin/vmess'), ['decode', '--json', '--id-file', '-', ...flags, ...c.files], {
      cwd: folder, env: {}, encoding: 'buffer', timeout: 60_000, maxBuffer: 64 << 20,
    }, (err, stdout, stderr) => {
      if (err && err.code !== 1) reject(new Error(`vmess decode ${c.files.join(' ')}: ${err.message}\n${stderr}`));
      else resolve(stdout);
    });
    command.stdin?.end(c.users);
  });
}
