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

  /** @type {Program} */
  #program;

  /** Settles when all that was asked for so far is done. @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @type {Promise<void> | undefined} */
  #closing;

  /**
   * @param {Program} program
   * @param {Bridge} bridge
   */
  constructor(program, bridge) {
    this.#program = program;
    this.#bridge = bridge;
    const gone = () => {
      this.#bridge = undefined;
    };
    program.ended.then(gone, gone);
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
    await program.start(module);
    if (!bridge) throw new VMessError('module', 'the module is not an inspector');
    return new Inspector(program, bridge);
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
        const refuse = (/** @type {ErrorKind} */ kind, /** @type {string} */ message, /** @type {unknown} */ cause) => {
          reject(new VMessError(kind, message, cause));
        };
        this.#program.call(() => bridge.decode(checked, resolve, refuse));
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
      const bridge = this.#bridge;
      if (bridge) this.#program.call(() => bridge.close());
      return this.#program.ended;
    }).catch(() => {
      // It has ended, which is what was wanted.
    });
    return this.#closing;
  }

  /**
   * Does something when all that was asked for before is done.
   *
   * @template T
   * @param {(bridge: Bridge) => Promise<T>} work
   * @returns {Promise<T>}
   */
  #next(work) {
    if (this.#closing) return Promise.reject(new VMessError('closed', 'the inspector is closed'));
    const { ended } = this.#program;
    const done = this.#last.then(() => {
      const bridge = this.#bridge;
      const never = ended.then(() => {
        throw dead('it was told to');
      });
      never.catch(() => {});
      return bridge ? Promise.race([work(bridge), never]) : never;
    });
    this.#last = done.catch(() => {});
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

  /** @type {VMessError | undefined} */
  #fault;

  /** Ends the program from outside. @type {(err: VMessError) => void} */
  #kill = () => {};

  /** Resolves when the program ends as it should, else is rejected. @type {Promise<void>} */
  ended = Promise.resolve();

  /** @param {(bridge: Bridge) => void} ready */
  constructor(ready) {
    const Go = loadGo({
      Object, Array, Uint8Array, Date, crypto, performance, TextEncoder, TextDecoder,
      ...this.#clock(),
      fs: this.#files(),
      vmesskitReady: ready,
    });
    this.#go = new Go();
  }

  /**
   * Runs the program until it waits for calls.
   *
   * @param {WebAssembly.Module} module
   */
  async start(module) {
    let status = 0;
    this.#go.exit = (/** @type {number} */ code) => {
      status = code;
    };
    let instance;
    try {
      instance = await WebAssembly.instantiate(module, this.#go.importObject);
    } catch (err) {
      throw new VMessError('module', `the module cannot be started: ${text(err)}`, err);
    }
    /** @type {Promise<never>} */
    const killed = new Promise((_, reject) => {
      this.#kill = reject;
    });
    // The program runs in this call until it waits.
    const run = this.#go.run(instance).then(() => {
      if (status === 0) return;
      const [first] = this.#said.split('\n', 1);
      throw dead(first || `status ${status}`);
    }, (/** @type {unknown} */ err) => {
      throw dead(text(err), err);
    });
    this.ended = Promise.race([run, killed]).finally(() => {
      // A timer of the program would wake the dead.
      this.#timers.forEach(clearTimeout);
      this.#timers.clear();
    });
    // It is told to those who wait, and to those who come later.
    this.ended.catch(() => {});
  }

  /**
   * Calls the program. Go's own faults come back as values; what is thrown here
   * comes from the engine, such as a stack that is full, and leaves the program
   * in the middle of something.
   *
   * @template T
   * @param {() => T} f
   * @returns {T}
   */
  call(f) {
    if (this.#fault) throw this.#fault;
    try {
      return f();
    } catch (err) {
      this.#fault = dead(text(err), err);
      this.#kill(this.#fault);
      throw this.#fault;
    }
  }

  #clock() {
    return {
      setTimeout: (/** @type {() => void} */ f, /** @type {number} */ ms) => {
        const timer = setTimeout(() => {
          this.#timers.delete(timer);
          try {
            this.call(f);
          } catch {
            // Nobody called; the fault is kept for the next who does.
          }
        }, ms);
        this.#timers.add(timer);
        return timer;
      },
      clearTimeout: (/** @type {ReturnType<typeof setTimeout>} */ timer) => {
        this.#timers.delete(timer);
        clearTimeout(timer);
      },
    };
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

/**
 * @param {string} why
 * @param {unknown} [cause]
 */
function dead(why, cause) {
  return new VMessError('internal', `internal error: the module has ended: ${why}`, cause);
}
