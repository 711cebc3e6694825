// @ts-check
// Weighs the WebAssembly modules and fails where one is over its budget. What
// a page loads is the module as brotli packs it at its best.
import { readFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

// In bytes after brotli. 900,000 is what the inspector is to come back to: it was
// below that before it opened TLS, HTTP/2 and mKCP.
const budgets = { inspector: 950_000 };

let over = false;
console.log('module             raw      gzip    brotli    budget');
for (const [name, budget] of Object.entries(budgets)) {
  const raw = readFileSync(new URL(`npm/dist/${name}.wasm`, import.meta.url));
  const gzip = gzipSync(raw, { level: 9 }).length;
  const brotli = brotliCompressSync(raw, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: raw.length,
    },
  }).length;
  const figures = [raw.length, gzip, brotli, budget].map((n) => n.toLocaleString('en').padStart(10));
  console.log(name.padEnd(12) + figures.join(''));
  if (brotli > budget) {
    over = true;
    console.error(`${name}: ${brotli - budget} bytes over its budget; what came in is told by: GOOS=js GOARCH=wasm go list -deps ./wasm/${name}`);
  }
}
process.exitCode = over ? 1 : 0;
