// A llama-server reads its adapters when it starts, and cannot be asked what it read. Law: a file that had another content
// when a life of the server was first found is never called by its digest in that life, though it be mended meanwhile.

import type { ServedAdapter } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import { whyNotItsFile } from "#services/worker/engine/drivers/adapter-file.ts";

export class StartedWith {
  #life: string | undefined;
  readonly #found = new Map<AdapterDigest, Promise<string | undefined>>();
  #last: Promise<unknown> = Promise.resolve();

  /** Looks at once, at one file after the other: at all of a new life, at those of an old one that were not named before. */
  look(life: string, adapters: readonly ServedAdapter[]): void {
    if (life !== this.#life) this.#found.clear();
    this.#life = life;
    for (const adapter of adapters) {
      if (this.#found.has(adapter.digest)) continue;
      const why = this.#last.then(() => whyNotItsFile(adapter));
      this.#found.set(adapter.digest, why);
      this.#last = why;
    }
  }

  /** Rejects with what was wrong with its file then. */
  async check(digest: AdapterDigest): Promise<void> {
    const why = await this.#found.get(digest);
    if (why !== undefined) throw new Error(`when its server was found ${why}: start it again`);
  }
}
