// One stream of a server, from its asking to its end or to where it was taken back. Law: after `takeBack` nothing of it
// is heard, and it resolves only when the server has let go.

import { EventReader } from "#services/worker/engine/drivers/event-stream.ts";
import { streamEngine } from "#services/worker/engine/drivers/engine-call.ts";
import { EngineFault, faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type { Dialect, Said, Wish } from "./dialect.ts";
import type { FreedWatch } from "./freed-watch.ts";

export interface ServedStreamPorts {
  readonly dialect: Dialect;
  readonly watch: FreedWatch;
  readonly onSaid: (said: Said) => void;
  /** It ended without being taken back: in good order, after an event that said so, or with a fault. */
  readonly onOver: (fault: EngineFault | undefined) => void;
}

/** An engine answers with a stream at once; its first token may take long. */
const openMs = 30_000;
/** After it was asked to end one. */
const abortMs = 1_000;
const unheardMs = 20;

export class ServedStream {
  readonly #wish: Wish;
  readonly #ports: ServedStreamPorts;
  readonly #closing = new AbortController();
  #isTakenBack = false;
  #hasEnded = false;
  #isHeard = false;
  readonly #heard = Promise.withResolvers<void>();
  #over: Promise<void> | undefined;

  constructor(wish: Wish, ports: ServedStreamPorts) {
    this.#wish = wish;
    this.#ports = ports;
  }

  /** The server may still count it. */
  get isOpen(): boolean {
    return !this.#isTakenBack && !this.#hasEnded;
  }

  start(): void {
    this.#over = this.#read().then(
      () => this.#finish(),
      (error: unknown) => this.#finish(faultOf(error)),
    );
  }

  /** Once. */
  async takeBack(): Promise<void> {
    const { dialect, watch } = this.#ports;
    this.#isTakenBack = true;
    if (dialect.abort !== undefined) await this.#askToEnd(dialect.abort);
    this.#closing.abort();
    // What was asked in this moment may not be counted yet.
    if (!this.#isHeard) await new Promise((resolve) => setTimeout(resolve, unheardMs));
    await watch.untilFreed();
  }

  /** Not before the server knows it, and not after it has ended: it would be another's, or nobody's. */
  async #askToEnd(abort: (id: string) => Promise<void>): Promise<void> {
    const late = new Promise<void>((resolve) => void setTimeout(resolve, abortMs).unref());
    const over = this.#over ?? Promise.resolve();
    await Promise.race([this.#heard.promise, over, late]);
    if (this.#hasEnded || !this.#isHeard) return;
    abort(this.#wish.id).catch(() => undefined);
    await Promise.race([over, late]);
  }

  /** Its server is gone, or given up: nobody waits for it. */
  drop(): void {
    this.#isTakenBack = true;
    this.#closing.abort();
  }

  async #read(): Promise<void> {
    const { dialect, onSaid } = this.#ports;
    const read = dialect.reader(this.#wish);
    let end: Said["end"];
    const events = new EventReader((data) => {
      if (data === "[DONE]") return;
      const said = read(data);
      if (said === undefined) return;
      end ??= said.end;
      if (!this.#isTakenBack) onSaid(said);
    });
    const { url, body } = dialect.generate(this.#wish);
    const { signal } = this.#closing;
    await streamEngine(
      { url, method: "POST", body, signal, patienceMs: openMs },
      {
        onOpen: () => {
          this.#isHeard = true;
          this.#heard.resolve();
        },
        onText: (text) => events.read(text),
      },
    );
    if (end === undefined) throw new EngineFault("broken", "it ended without saying why");
  }

  #finish(fault?: EngineFault): void {
    this.#hasEnded = true;
    if (!this.#isTakenBack) this.#ports.onOver(fault);
  }
}
