// @ts-check
// The loader and the module in Node. That they do the same in a browser, and
// the same as the command, is the matter of web/test.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { VMessError, openInspector } from './inspector.js';

// Node 18 has it in a module only.
globalThis.crypto ??= /** @type {any} */ (await import('node:crypto')).webcrypto;

/** @type {unknown[]} */
const unhandled = [];
process.on('unhandledRejection', (err) => unhandled.push(err));

/** @param {string} path in the repository */
const read = (path) => new Uint8Array(readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url))));

const module = await WebAssembly.compile(read('wasm/npm/dist/inspector.wasm'));
const small = { name: 'small.pcap', bytes: read('testdata/captures/leg-ipv6.pcap') };
const id = '1459a8ff-ba70-414b-adbe-b8c4107835d4';

/** @param {Uint8Array[]} pieces */
const linesOf = (pieces) => Buffer.concat(pieces).toString().trimEnd().split('\n').map((line) => JSON.parse(line));

/**
 * @param {import('./inspector.js').Inspector} inspector
 * @param {Partial<import('./inspector.js').DecodeRequest>} [more]
 */
async function decode(inspector, more) {
  /** @type {Uint8Array[]} */
  const pieces = [];
  const result = await inspector.decode({ captures: [small], ports: [1], write: (piece) => pieces.push(piece), ...more });
  return { result, pieces, lines: linesOf(pieces) };
}

test('two inspectors live side by side, and each ends alone', async () => {
  const one = await openInspector({ module });
  const two = await openInspector({ module });
  const results = await Promise.all([decode(one), decode(two), decode(one)]);
  assert.deepEqual(results[0], results[1]);
  assert.deepEqual(results[0], results[2]);
  assert.deepEqual(results[0].lines.map((line) => line.type), ['capture', 'summary']);
  await one.close();
  assert.deepEqual(await decode(two), results[0]);
  await two.close();
});

test('no global is left behind', async () => {
  const before = Object.getOwnPropertyNames(globalThis);
  const inspector = await openInspector({ module });
  await decode(inspector);
  assert.deepEqual(Object.getOwnPropertyNames(globalThis), before);
  await inspector.close();
});

test('close waits for what was asked before, can be repeated, and is final', async () => {
  const inspector = await openInspector({ module });
  const asked = decode(inspector);
  await Promise.all([inspector.close(), inspector.close()]);
  assert.equal((await asked).result.sessions, 0);
  await assert.rejects(decode(inspector), { name: 'VMessError', kind: 'closed' });
  await inspector.close();
});

test('errors are told by kind, and the inspector lives on', async () => {
  const inspector = await openInspector({ module });
  const good = await decode(inspector);
  const thrown = new Error('enough');
  for (const [kind, message, more] of /** @type {[string, RegExp, any][]} */ ([
    ['capture', /^noise: file header at 0: /, { captures: [{ name: 'noise', bytes: new Uint8Array(64) }] }],
    ['capture', /^empty: file header at 0: the file is empty/, { captures: [{ name: 'empty', bytes: new Uint8Array() }] }],
    ['users', /^users:2: an id of 35 bytes/, { users: `# mine\n${id.slice(1)}` }],
    ['request', /^no capture to decode$/, { captures: [] }],
    ['request', /^captures: wanted an array$/, { captures: small }],
    ['request', /^the name of a capture: wanted a string$/, { captures: [{ bytes: small.bytes }] }],
    ['request', /^the bytes of a: wanted a Uint8Array$/, { captures: [{ name: 'a', bytes: [1, 2] }] }],
    ['request', /^write: wanted a function$/, { write: null }],
    ['request', /^users: wanted a string$/, { users: [id] }],
    ['request', /^ports: wanted numbers from 1 to 65535$/, { ports: [0] }],
    ['request', /^all: wanted true or false$/, { all: 1 }],
    ['write', /enough/, { write: () => { throw thrown; } }],
  ])) {
    await assert.rejects(decode(inspector, more), (/** @type {VMessError} */ err) => {
      assert(err instanceof VMessError);
      assert.equal(err.kind, kind, err.message);
      assert.match(err.message, message);
      assert(!err.message.includes(id.slice(1, 9)));
      if (kind === 'write') assert.equal(err.cause, thrown);
      return true;
    });
    assert.deepEqual(await decode(inspector), good);
  }
  await assert.rejects(inspector.decode(/** @type {any} */ (undefined)), { kind: 'request' });
  await inspector.close();
});

test('a capture that is taken away while it is read is an error', async () => {
  const inspector = await openInspector({ module });
  const bytes = small.bytes.slice();
  const gone = decode(inspector, { captures: [small, { name: 'gone', bytes }] });
  structuredClone(bytes, { transfer: [bytes.buffer] });
  // It is empty now, and so it is left out.
  assert.equal((await gone).lines.at(-1).files[1].problem, 'gone: file header at 0: the file is empty, want the magic number of pcap or pcapng');
  await inspector.close();
});

test('labels that hold an id are not shown', async () => {
  const inspector = await openInspector({ module });
  const { result, pieces } = await decode(inspector, { users: `${id.replaceAll('a', 'b')} 0 ${id}\n${id} 0 me` });
  assert.deepEqual(result.hidden, [1]);
  assert(!Buffer.concat(pieces).toString().includes(id));
  await inspector.close();
});

test('a large result comes in pieces', async () => {
  const inspector = await openInspector({ module });
  const bytes = manyFlows(2000);
  const { result, pieces, lines } = await decode(inspector, { captures: [{ name: 'many.pcap', bytes }], ports: [443] });
  assert.equal(result.sessions, 2000);
  assert.equal(lines.length, 2002);
  assert(pieces.length > 5, `${pieces.length} pieces`);
  for (const piece of pieces) assert(piece.length <= 65536, `a piece of ${piece.length} bytes`);
  await inspector.close();
});

/**
 * A capture of SYN segments, each from a port of its own.
 *
 * @param {number} n
 */
function manyFlows(n) {
  const packet = 40;
  const all = Buffer.alloc(24 + n * (16 + packet));
  all.writeUInt32LE(0xa1b2c3d4, 0);
  all.writeUInt16LE(2, 4);
  all.writeUInt16LE(4, 6);
  all.writeUInt32LE(65535, 16);
  all.writeUInt32LE(101, 20); // raw IP
  for (let i = 0; i < n; i++) {
    const at = 24 + i * (16 + packet);
    all.writeUInt32LE(1_700_000_000 + i, at);
    all.writeUInt32LE(packet, at + 8);
    all.writeUInt32LE(packet, at + 12);
    const ip = at + 16;
    all.set([0x45, 0, 0, packet, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2], ip);
    all.writeUInt16BE(10_000 + i, ip + 20);
    all.writeUInt16BE(443, ip + 22);
    all.set([0x50, 0x02, 0xff, 0xff], ip + 32);
  }
  return new Uint8Array(all);
}

test('what is no inspector is refused', async () => {
  await assert.rejects(openInspector({ module: new Uint8Array([1, 2, 3]) }), { kind: 'module' });
  const empty = new Uint8Array([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  await assert.rejects(openInspector({ module: empty }), { kind: 'module' });
  await assert.rejects(openInspector({ module: new Response('', { status: 404, statusText: 'Not Found' }) }), { kind: 'module', message: /404/ });
});

test('no rejection was left to nobody', async () => {
  await new Promise((done) => setTimeout(done, 50));
  assert.deepEqual(unhandled, []);
});
