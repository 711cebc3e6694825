// @ts-check
// The inspector in headless Chromium: the same lines as the command prints.
import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

import { at, demo, native, pathOf, recorded } from './captures.mjs';
import { serve } from './server.mjs';

const patience = { timeout: 180_000 };

/** @type {import('playwright-core').Browser} */
let browser;
/** @type {Awaited<ReturnType<typeof serve>>} */
let site;

before(async () => {
  site = await serve({
    '/': at('web/test/page'),
    '/npm/': at('wasm/npm'),
    '/captures/': at('testdata/captures'),
  });
  browser = await chromium.launch({
    executablePath: findBrowser(),
    timeout: 60_000,
    args: [
      '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
      // No name is looked up, whatever asks for it.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}, patience);

after(async () => {
  await browser?.close();
  await site?.close();
});

function findBrowser() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // The next place.
      }
    }
  }
  throw new Error('Chromium is needed for this test and is not here');
}

/**
 * Opens the page, and fails the test for whatever it says on the console and
 * whatever it wants from elsewhere.
 *
 * @param {import('node:test').TestContext} t
 */
async function open(t) {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(patience.timeout);
  /** @type {string[]} */
  const faults = [];
  page.on('console', (message) => faults.push(`console.${message.type()}: ${message.text()}`));
  page.on('pageerror', (err) => faults.push(`error: ${err}`));
  page.on('crash', () => faults.push('the page crashed'));
  page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`));
  context.on('request', (request) => {
    if (!request.url().startsWith(`${site.origin}/`)) faults.push(`request: ${request.url()}`);
  });
  t.after(async () => {
    await context.close();
    assert.deepEqual(faults, []);
  });
  await page.goto(`${site.origin}/`);
  await page.getByRole('status').filter({ hasText: 'Ready.' }).waitFor();
  return page;
}

/**
 * What the page says when it is done.
 *
 * @param {import('playwright-core').Page} page
 */
const outcome = (page) => page.getByRole('status').filter({ hasText: /^(Done|Failed)/ }).textContent();

/** @param {import('playwright-core').Page} page */
const shown = async (page) => Buffer.from(await page.locator('#lines').evaluate((e) => e.textContent ?? ''));

test('the page decodes the demo capture as the command does', patience, async (t) => {
  const page = await open(t);
  const { files, users } = demo();
  await page.getByLabel('Users').fill(users);
  await page.getByLabel('Captures').setInputFiles(files.map(pathOf));
  await page.getByRole('button', { name: 'Decode' }).click();
  assert.equal(await outcome(page), 'Done: 11 sessions, 4 failed.');
  assertSame(await shown(page), await native(demo()));
});

test('a capture can be dropped, and a broken one does no harm', patience, async (t) => {
  const page = await open(t);
  const good = recorded('file-pcapng-nano');
  await page.getByLabel('Users').fill(good.users);
  await drop(page, 'broken.pcap', '/page.css');
  assert.match(String(await outcome(page)), /^Failed: broken\.pcap: file header/);
  await drop(page, good.files[0], `/captures/${good.files[0]}`);
  assert.match(String(await outcome(page)), /^Done: /);
  assertSame(await shown(page), await native(good));
});

/**
 * @param {import('playwright-core').Page} page
 * @param {string} name
 * @param {string} url
 */
async function drop(page, name, url) {
  await page.evaluate(async ([name, url]) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([await (await fetch(url)).blob()], name));
    document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
  }, [name, url]);
}

test('captures of all kinds give the same lines as the command', patience, async (t) => {
  const page = await open(t);
  for (const name of [
    'file-pcap-gz', // packed
    'udp-legacy-v4-v4', // datagrams, legacy
    'fail-tamper-body-up', // a bad chunk
    'wss-v4-xray', // TLS, not opened
    'kcp-v4-v5', // not TCP
    'rotated-editcap', // two files
    'big-2m-gcm', // much
    'snaplen-96', // cut packets
  ]) {
    const c = recorded(name);
    const got = await page.evaluate(async ({ files, users }) => {
      const { openInspector } = await import(/** @type {any} */ ('/npm/inspector.js'));
      const inspector = await openInspector();
      const captures = await Promise.all(files.map(async (name) => (
        { name, bytes: new Uint8Array(await (await fetch(`/captures/${name}`)).arrayBuffer()) })));
      /** @type {BlobPart[]} */
      const pieces = [];
      await inspector.decode({ captures, users, all: true, write: (/** @type {any} */ p) => pieces.push(p) });
      await inspector.close();
      return new TextDecoder('utf-8', { fatal: true }).decode(await new Blob(pieces).arrayBuffer());
    }, c);
    assertSame(Buffer.from(got), await native(c, '--all'), name);
  }
});

test('an inspector leaves no global behind, and ends in silence', patience, async (t) => {
  const page = await open(t);
  const added = await page.evaluate(async () => {
    const before = new Set(Object.getOwnPropertyNames(globalThis));
    const { openInspector } = await import(/** @type {any} */ ('/npm/inspector.js'));
    await (await openInspector()).close();
    // Longer than the timers that a Go program sets as it starts.
    await new Promise((done) => setTimeout(done, 500));
    return Object.getOwnPropertyNames(globalThis).filter((name) => !before.has(name));
  });
  assert.deepEqual(added, []);
});

/**
 * Wants the same bytes, and shows the first line that differs.
 *
 * @param {Buffer} got
 * @param {Buffer} want
 * @param {string} [what]
 */
function assertSame(got, want, what = 'lines') {
  if (got.equals(want)) return;
  const wanted = want.toString().split('\n');
  got.toString().split('\n').forEach((line, i) => assert.equal(line, wanted[i], `${what}: line ${i + 1}`));
  assert.fail(`${what}: got ${got.length} bytes, want ${want.length}`);
}
