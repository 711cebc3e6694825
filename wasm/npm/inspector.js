// @ts-check
/**
 * The inspector in a page: decodes captures of VMess sessions with the ids of
 * their owner. Nothing leaves the page, and no global name is added to it.
 *
 *     const inspector = await openInspector();
 *     const result = await inspector.decode({
 *       captures: [{ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }],
 *       users: 'ID [alterId] [label]',
 *       write: (piece) => pieces.push(piece),
 *     });
 *     await inspector.close();
 *
 * @module
 */
import loadGo from './dist/go.js';

/**
 * @typedef {object} Capture
 * @property {string} name The file's name, for the lines and for errors.
 * @property {Uint8Array} bytes pcap or pcapng, plain or packed with gzip. They
 *   are read during the call and not kept.
 */

/**
 * @typedef {object} DecodeRequest
 * @property {Capture[]} captures Read as one capture, in the order of time.
 * @property {(piece: Uint8Array) => void} write Takes the lines of `vmess
 *   decode --json`, in pieces of at most 64 KiB that need not end with a line.
 *   What it throws ends the decoding.
 * @property {string} [users] Whose sessions to open, one user in a line: `ID
 *   [alterId] [label]`; `#` starts a comment.
 * @property {number[]} [ports] Where VMess servers listen, if that is known.
 * @property {boolean} [all] List the flows that are no attempts at VMess, too.
 * @property {boolean} [noHash] Leave out the SHA-256 of what was carried.
 * @property {boolean} [showSecrets] Show ids as they are.
 */

/**
 * @typedef {object} DecodeResult
 * @property {number} sessions How many there are.
 * @property {number} failed How many of them have another verdict than `ok`.
 * @property {string[]} limits The limits that were hit: then the lines are not all.
 * @property {number[]} hidden Numbers of the users whose labels hold an id and
 *   are not shown.
 */

/**
 * What an error is about: the `request` itself, the list of `users`, the
 * `capture`, the function `write`, the WebAssembly `module`, or that it is
 * `closed`; `internal` is a fault of ours.
 *
 * @typedef {'request' | 'users' | 'capture' | 'write' | 'module' | 'closed' | 'internal'} ErrorKind
 */

/** What every promise here is rejected with. */
export class VMessError extends Error {
  /**
   * @param {ErrorKind} kind
   * @param {string} message
   * @param {unknown} [cause] What was thrown below, if anything.
   */
  constructor(kind, message, cause) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'VMessError';
    /** @readonly */
    this.kind = kind;
  }
}

/**
 * Starts an inspector. Several can be open at once; they share nothing.
 *
 * @param {object} [options]
 * @param {WebAssembly.Module | BufferSource | Response | PromiseLike<Response>} [options.module]
 *   The WebAssembly module; without it, it is fetched from its place beside
 *   this file. A compiled one can be used for several inspectors.
 * @returns {Promise<Inspector>}
 */
export async function openInspector({ module } = {}) {
  const compiled = await compile(module);
  return Inspector.start(compiled);
}

/**
 * @param {WebAssembly.Module | BufferSource | Response | PromiseLike<Response>} [from]
 * @returns {Promise<WebAssembly.Module>}
 */
async function compile(from) {
  try {
    const it = await (from ?? fetch(new URL('./dist/inspector.wasm', import.meta.url)));
    if (it instanceof Response) {
      if (!it.ok) throw new Error(`${it.status} ${it.statusText}`);
      return await WebAssembly.compileStreaming(it);
    }
    if (it instanceof WebAssembly.Module) return it;
    return await WebAssembly.compile(/** @type {BufferSource} */ (it));
  } catch (err) {
    throw new VMessError('module', `the inspector's module cannot be loaded: ${text(err)}`, err);
  }
}

/**
 * What the module offers; see wasm/inspector/main_js.go.
 *
 * @typedef {object} Bridge
 * @property {(request: object, resolve: (result: DecodeResult) => void, reject: (kind: ErrorKind, message: string, cause?: unknown) => void) => void} decode
 * @property {() => void} close
 */

/** An open inspector, to be had from `openInspector`. */
export class Inspector {
  /** @type {Bridge | undefined} */
  #bridge;

  /** Resolves when the program has ended. @type {Promise<void>} */
  #ended;

  /** Settles when all that was asked for so far is done. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @type {Promise<void> | undefined} */
  #closing;

  /**
   * @param {Bridge} bridge
   * @param {Promise<void>} ended
   */
  constructor(bridge, ended) {
    this.#bridge = bridge;
    this.#ended = ended.finally(() => {
      this.#bridge = undefined;
    });
    // Whoever waits is told; a fault while nobody does is told to the next.
    this.#ended.catch(() => {});
  }

  /**
   * @internal
   * @param {WebAssembly.Module} module
   */
  static async start(module) {
    /** @type {Bridge | undefined} */
    let bridge;
    const program = new Program((b) => {
      bridge = b;
    });
    const ended = program.run(module);
    await Promise.race([ended, program.started]);
    if (!bridge) throw new VMessError('module', 'the module is not an inspector');
    return new Inspector(bridge, ended);
  }

  /**
   * Decodes captures and writes the lines to `request.write`. Calls are carried
   * out one after the other.
   *
   * The module works on the calling thread, and the promise is settled when it
   * is done: a page that must not wait calls this in a worker.
   *
   * @param {DecodeRequest} request
   * @returns {Promise<DecodeResult>}
   */
  decode(request) {
    return this.#next((bridge) => {
      const checked = check(request);
      return new Promise((resolve, reject) => {
        bridge.decode(checked, resolve, (kind, message, cause) => reject(new VMessError(kind, message, cause)));
      });
    });
  }

  /**
   * Ends the program, after what was asked for so far. It can be called again.
   *
   * @returns {Promise<void>}
   */
  close() {
    this.#closing ??= this.#last.then(() => {
      this.#bridge?.close();
      return this.#ended.catch(() => {});
    });
    return this.#closing;
  }

  /**
   * @template T
   * @param {(bridge: Bridge) => Promise<T>} work
   * @returns {Promise<T>}
   */
  #next(work) {
    if (this.#closing) return Promise.reject(new VMessError('closed', 'the inspector is closed'));
    const ended = this.#ended.then(() => {
      throw new VMessError('internal', 'internal error: the module has ended');
    });
    const done = this.#last.then(() => {
      if (!this.#bridge) return ended;
      return Promise.race([work(this.#bridge), ended]);
    });
    this.#last = done.catch(() => {});
    ended.catch(() => {});
    return done;
  }
}

/**
 * Gives a request with every field, for the module does not look at types.
 *
 * @param {DecodeRequest} request
 */
function check(request) {
  const { captures, write, users = '', ports = [], all = false, noHash = false, showSecrets = false } = Object(request);
  want(Array.isArray(captures), 'captures', 'an array');
  for (const c of captures) {
    want(typeof c?.name === 'string', 'the name of a capture', 'a string');
    want(c.bytes instanceof Uint8Array, `the bytes of ${c.name}`, 'a Uint8Array');
  }
  want(typeof write === 'function', 'write', 'a function');
  want(typeof users === 'string', 'users', 'a string');
  want(Array.isArray(ports) && ports.every((p) => Number.isInteger(p) && p >= 1 && p <= 65535), 'ports', 'numbers from 1 to 65535');
  for (const [name, value] of Object.entries({ all, noHash, showSecrets })) {
    want(typeof value === 'boolean', name, 'true or false');
  }
  return { captures, write, users, ports, all, noHash, showSecrets };
}

/**
 * @param {boolean} ok
 * @param {string} what
 * @param {string} wanted
 */
function want(ok, what, wanted) {
  if (!ok) throw new VMessError('request', `${what}: wanted ${wanted}`);
}

/** @param {unknown} err */
function text(err) {
  return err instanceof Error ? err.message : String(err);
}

/**
 * A Go program with a global object of its own. It finds there what it needs of
 * a JavaScript engine, no files and no process, and the function to which it
 * gives what it offers.
 */
class Program {
  #go;
  #said = '';

  /** Those that the program has set. @type {Set<ReturnType<typeof setTimeout>>} */
  #timers = new Set();

  /** @param {(bridge: Bridge) => void} ready */
  constructor(ready) {
    /** @type {() => void} */
    let start = () => {};
    /** Resolves when the program has called ready. @type {Promise<void>} */
    this.started = new Promise((resolve) => {
      start = resolve;
    });
    const Go = loadGo({
      Object, Array, Uint8Array, Date, crypto, performance, TextEncoder, TextDecoder,
      fs: this.#files(),
      setTimeout: (/** @type {() => void} */ f, /** @type {number} */ ms) => {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          f();
        }, ms);
        this.#timers.add(timer);
        return timer;
      },
      clearTimeout: (/** @type {ReturnType<typeof setTimeout>} */ timer) => {
        this.#timers.delete(timer);
        clearTimeout(timer);
      },
      vmesskitReady: (/** @type {Bridge} */ bridge) => {
        ready(bridge);
        start();
      },
    });
    this.#go = new Go();
  }

  /**
   * Resolves when the program ends as it should, else is rejected.
   *
   * @param {WebAssembly.Module} module
   * @returns {Promise<void>}
   */
  async run(module) {
    let status = 0;
    this.#go.exit = (/** @type {number} */ code) => {
      status = code;
    };
    try {
      await this.#go.run(await WebAssembly.instantiate(module, this.#go.importObject));
    } catch (err) {
      throw new VMessError('module', `the module cannot be started: ${text(err)}`, err);
    } finally {
      // A timer of the program would wake the dead.
      this.#timers.forEach(clearTimeout);
    }
    if (status !== 0) {
      const [first] = this.#said.split('\n', 1);
      throw new VMessError('internal', `internal error: the module has ended: ${first || `status ${status}`}`);
    }
  }

  /** What the program takes for its files: it can only say why it dies. */
  #files() {
    const decoder = new TextDecoder();
    const writeSync = (/** @type {number} */ fd, /** @type {Uint8Array} */ bytes) => {
      if (this.#said.length < 4096) this.#said += decoder.decode(bytes, { stream: true });
      return bytes.length;
    };
    const none = (/** @type {unknown[]} */ ...args) => {
      const done = args.at(-1);
      if (typeof done === 'function') done(Object.assign(new Error('not implemented'), { code: 'ENOSYS' }));
    };
    const constants = { O_WRONLY: -1, O_RDWR: -1, O_CREAT: -1, O_TRUNC: -1, O_APPEND: -1, O_EXCL: -1, O_DIRECTORY: -1 };
    return new Proxy({}, {
      get: (_, name) => ({ constants, writeSync }[String(name)] ?? none),
    });
  }
}
