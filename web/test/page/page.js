// @ts-check
// The plainest page that decodes: it shows the lines as they come.
import { openInspector } from '/npm/inspector.js';

const form = /** @type {HTMLFormElement} */ (document.querySelector('form'));
const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
const status = /** @type {HTMLElement} */ (document.querySelector('[role=status]'));
const lines = /** @type {HTMLElement} */ (document.querySelector('#lines'));

/** @type {Awaited<ReturnType<typeof openInspector>>} */
let inspector;
try {
  inspector = await openInspector();
  button.disabled = false;
  status.textContent = 'Ready.';
} catch (err) {
  status.textContent = `Failed: ${err instanceof Error ? err.message : err}`;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const { files } = /** @type {HTMLInputElement} */ (form.elements.namedItem('captures'));
  decode([...(files ?? [])]);
});

document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  decode([...(event.dataTransfer?.files ?? [])]);
});

/** @param {File[]} files */
async function decode(files) {
  const given = new FormData(form);
  const decoder = new TextDecoder();
  status.textContent = 'Decoding.';
  lines.textContent = '';
  try {
    const captures = await Promise.all(files.map(async (file) => (
      { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) })));
    const result = await inspector.decode({
      captures,
      users: String(given.get('users')),
      all: given.has('all'),
      write: (piece) => lines.append(decoder.decode(piece, { stream: true })),
    });
    status.textContent = `Done: ${result.sessions} sessions, ${result.failed} failed.`;
  } catch (err) {
    status.textContent = `Failed: ${err instanceof Error ? err.message : err}`;
  }
}
