// Which sessions were started on which worker and have not heard their last from it: whom the loss of a lane concerns.

import { AgedMap } from "#shared/actor/aged-map.ts";
import type { RequestId, WorkerId } from "#shared/model/ids.ts";

export interface StartedSession {
  readonly worker: WorkerId;
  readonly attempt: number;
  readonly incarnation: number;
}

/** Twice the calls that an edge may have open. Past it the oldest is one whose last word was lost. */
const rememberedMax = 20_000;

export class StartedSessions {
  readonly #started = new AgedMap<RequestId, StartedSession>();

  get size(): number {
    return this.#started.size;
  }

  /** By the session's own id; in place of an earlier attempt, wherever that was. */
  started(id: RequestId, session: StartedSession): void {
    this.#started.set(id, session);
    const oldest = this.#started.size > rememberedMax ? this.#started.oldest() : undefined;
    if (oldest !== undefined) this.#started.delete(oldest[0]);
  }

  /** That worker has said its last about this attempt. */
  ended(id: RequestId, worker: WorkerId, attempt: number): void {
    const session = this.#started.get(id);
    if (session?.worker === worker && session.attempt <= attempt) this.#started.delete(id);
  }

  /** Removes and returns those on `worker` that are concerned: each is told once. */
  take(
    worker: WorkerId,
    isConcerned: (session: StartedSession, id: RequestId) => boolean,
  ): readonly (StartedSession & { readonly id: RequestId })[] {
    const taken: (StartedSession & { readonly id: RequestId })[] = [];
    for (const id of this.#started.keys()) {
      const session = this.#started.get(id);
      if (session?.worker !== worker || !isConcerned(session, id)) continue;
      taken.push({ ...session, id });
    }
    for (const { id } of taken) this.#started.delete(id);
    return taken;
  }
}
