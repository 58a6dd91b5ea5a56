// Adapters on this machine's disk, out of the object store: each under its digest, fetched once, by whoever needs it first.
// Law: a file that is named here has the bytes of its digest; what the fleet does not know any more is removed.

import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Fleet } from "#shared/model/fleet.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { ObjectStore } from "#shared/object-store/object-store.ts";
import { ObjectFault } from "#shared/object-store/object-store.ts";

const ownName = /^[0-9a-f]{64}(?:\.part)?$/;

export class FetchedAdapters {
  readonly #store: Pick<ObjectStore, "get">;
  readonly #folder: string;
  readonly #onTheWay = new Map<AdapterDigest, Promise<string | undefined>>();

  constructor(store: Pick<ObjectStore, "get">, folder: string) {
    this.#store = store;
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
    // Bytes that were read through a crash are not believed.
    this.keepOnly(new Set());
  }

  /** Undefined: the store has no such object. Rejects with its fault otherwise. */
  readonly fetch = (digest: AdapterDigest): Promise<string | undefined> => {
    const standing = this.#onTheWay.get(digest);
    if (standing !== undefined) return standing;
    const fetching = this.#fetch(digest).finally(() => this.#onTheWay.delete(digest));
    this.#onTheWay.set(digest, fetching);
    return fetching;
  };

  follow({ adapters }: Pick<Fleet, "adapters">): void {
    this.keepOnly(new Set(adapters.map(({ digest }) => digest)));
  }

  /** The desired state has these. */
  keepOnly(known: ReadonlySet<string>): void {
    for (const name of readdirSync(this.#folder)) {
      const digest = name.slice(0, 64);
      const isOnTheWay = this.#onTheWay.has(digest as AdapterDigest);
      if (!ownName.test(name) || known.has(digest) || isOnTheWay) continue;
      rmSync(join(this.#folder, name), { force: true });
    }
  }

  async #fetch(digest: AdapterDigest): Promise<string | undefined> {
    const path = join(this.#folder, digest);
    if (await isThere(path)) return path;
    try {
      const { body } = await this.#store.get(digest);
      const file = await open(`${path}.part`, "w", 0o600);
      try {
        for await (const chunk of body) await file.writeFile(chunk);
      } finally {
        await file.close();
      }
      await rename(`${path}.part`, path);
      return path;
    } catch (error) {
      await rm(`${path}.part`, { force: true });
      if (error instanceof ObjectFault && error.kind === "missing") return undefined;
      throw error;
    }
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
