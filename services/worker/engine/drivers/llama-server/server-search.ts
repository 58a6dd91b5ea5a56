// Looks for a worker's llama-server until there is one that fits. What is in the way is told when it changes.

import { setTimeout as sleep } from "node:timers/promises";
import { faultOf } from "#services/worker/engine/drivers/engine-fault.ts";
import type { EngineServerSpec } from "#shared/model/fleet.ts";
import type { LlamaServer } from "./probe.ts";
import { probeServer } from "./probe.ts";

/** Between two tries. */
const pauseMs = 250;

export interface SearchPorts {
  /** Asked at each try: its operator may have mended the entry. */
  readonly spec: () => EngineServerSpec;
  readonly onFound: (server: LlamaServer, spec: EngineServerSpec) => void;
  readonly onWhy: (why: string) => void;
}

export class ServerSearch {
  readonly #ports: SearchPorts;
  /** Grows with each search: an older one is given up. */
  #search = 0;
  #isSearching = false;
  #why = "";

  constructor(ports: SearchPorts) {
    this.#ports = ports;
  }

  get isSearching(): boolean {
    return this.#isSearching;
  }

  /** Empty: nothing is known to be in the way. */
  get why(): string {
    return this.#why;
  }

  begin(): void {
    this.#isSearching = true;
    void this.#run(++this.#search);
  }

  stop(): void {
    this.#search++;
    this.#isSearching = false;
  }

  async #run(search: number): Promise<void> {
    while (search === this.#search) {
      try {
        const spec = this.#ports.spec();
        const server = await probeServer(spec);
        if (search === this.#search) this.#found(server, spec);
        return;
      } catch (error) {
        if (search === this.#search) this.#inTheWay(faultOf(error).message);
        await sleep(pauseMs);
      }
    }
  }

  #found(server: LlamaServer, spec: EngineServerSpec): void {
    this.#isSearching = false;
    this.#why = "";
    this.#ports.onFound(server, spec);
  }

  #inTheWay(why: string): void {
    if (why === this.#why) return;
    this.#why = why;
    this.#ports.onWhy(why);
  }
}
