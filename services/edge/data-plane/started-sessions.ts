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

  /** In place of an earlier attempt, wherever that was. */
  started(requestId: RequestId, session: StartedSession): void {
    this.#started.set(requestId, session);
    const oldest = this.#started.size > rememberedMax ? this.#started.oldest() : undefined;
    if (oldest !== undefined) this.#started.delete(oldest[0]);
  }

  /** That worker has said its last about this attempt. */
  ended(requestId: RequestId, worker: WorkerId, attempt: number): void {
    const session = this.#started.get(requestId);
    if (session?.worker === worker && session.attempt <= attempt) this.#started.delete(requestId);
  }

  /** Removes and returns those on `worker` that are concerned: each is told once. */
  take(
    worker: WorkerId,
    isConcerned: (session: StartedSession, requestId: RequestId) => boolean,
  ): readonly (StartedSession & { readonly requestId: RequestId })[] {
    const taken: (StartedSession & { readonly requestId: RequestId })[] = [];
    for (const requestId of this.#started.keys()) {
      const session = this.#started.get(requestId);
      if (session?.worker !== worker || !isConcerned(session, requestId)) continue;
      taken.push({ ...session, requestId });
    }
    for (const { requestId } of taken) this.#started.delete(requestId);
    return taken;
  }
}
