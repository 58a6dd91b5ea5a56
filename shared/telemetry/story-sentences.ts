// What each note of a request's story means, in a few words for an operator. A note without words here is told by
// its own name.

type Fields = Readonly<Record<string, string | number>>;

const ms = (value: unknown): string => `${Math.round(Number(value) * 1000) / 1000} ms`;

const kvBlocks = (count: unknown): string => `${String(count)} KV block${count === 1 ? "" : "s"}`;

/** Engines that tell no prices have only the tokens. */
function again({ recomputeTokens, recomputeMs, swapMs }: Fields): string {
  if (recomputeTokens === undefined) return "";
  const price = recomputeMs === undefined ? "" : `, ${ms(recomputeMs)} (a swap: ${ms(swapMs)})`;
  return `; ${recomputeTokens} tokens to compute again${price}`;
}

const sentences: Readonly<Record<string, (fields: Fields) => string>> = {
  "edge.refused": ({ code }) => `refused at the edge: ${code}`,
  "edge.arm": ({ arm, rollout }) =>
    `has ${arm} of what its model's name means (rollout ${rollout})`,
  "edge.fault": ({ reason }) => `a fault of the edge: ${reason}`,
  "session.opened": ({ model, promptTokens }) =>
    `opened for ${model} with ${promptTokens} prompt tokens`,
  "session.submitted": ({ attempt }) => `asked the tenant's queue for a place (attempt ${attempt})`,
  "session.admitted": () => "told the client that it is admitted",
  "session.refused": ({ code }) => `told the client: ${code}`,
  "session.failed": ({ code }) => `failed: ${code}`,
  "session.granted": ({ worker }) => `has a place on ${worker}, sends it the prompt`,
  "session.started": ({ worker }) => `runs on ${worker}`,
  "session.first-token": ({ ttftMs }) => `first token to the client, ${ms(ttftMs)} after arrival`,
  "session.cancelled": ({ window }) => `the client went away (${window})`,
  "session.attempt-lost": ({ attempt, reason }) => `attempt ${attempt} is lost: ${reason}`,
  "session.stale": ({ message, why }) => `dropped a late ${message}: ${why}`,
  "session.repeating": ({ after }) => `asked for again under its key, after ${after}`,
  "session.runs-again": () => "runs again: nobody keeps what it brought",
  "session.resuming": ({ after }) => `its client reads on after ${after}`,
  "session.resumed": ({ worker, after }) => `taken over from ${worker}, read on after ${after}`,
  "session.replayed": ({ outcome, outputTokens }) =>
    `read again: ${outputTokens} tokens, ${outcome}`,
  "session.not-resumed": ({ code }) => `not read on: ${code}`,
  "session.not-repeated": ({ code }) => `not repeated: ${code}`,
  "session.bill-left": () => "its bill is left to the session that goes on with it",
  "session.detached": ({ code }) => `left to another session: ${code}`,
  "session.dropped": ({ message }) => `a ${message} came for a session that is gone`,
  "session.finished": ({ outcome, outputTokens }) =>
    `ended: ${outcome}, ${outputTokens} tokens delivered`,
  "dead-letters.kept": () => "its dead letter is kept: see fairlead dlq",
  "queue.admitted": () => "admitted by the tenant's queue",
  "queue.restored": () => "restored by the queue's new owner",
  "queue.refused": ({ code }) => `refused by the tenant's queue: ${code}`,
  "queue.offered": ({ startTag, finishTag }) =>
    `offered to the router with tags ${startTag} … ${finishTag}`,
  "queue.granted": ({ worker, waitedMs }) => `granted ${worker} after ${ms(waitedMs)} in the queue`,
  "queue.voided": ({ reason }) => `its place came to nothing: ${reason}`,
  "queue.lapsed": () => "nobody renewed it: removed",
  "queue.repeated": ({ attempt }) =>
    `asked for again under its key: attempt ${attempt} had it last`,
  "queue.settled": ({ tokens }) => `settled with ${tokens} tokens`,
  "router.offered": () => "waits at the router",
  "router.passed-over": ({ why }) => `passed over: ${why}`,
  "router.reclaim": ({ victim, blocks, from }) =>
    `${kvBlocks(blocks)} that ${victim} holds are on loan to ${from} and due back`,
  "router.within-subset": ({ workers, of }) =>
    `its tenant is narrowed to ${workers} of ${of} workers`,
  "router.pinning": ({ worker }) => `asks for its adapter on ${worker}`,
  "router.pin-refused": ({ worker, reason }) => `no adapter on ${worker}: ${reason}`,
  "router.reserve-refused": ({ worker, reason }) => `no KV blocks on ${worker}: ${reason}`,
  "router.voiding": ({ worker, why }) => `takes the place on ${worker} back: ${why}`,
  "router.adopted": ({ worker }) => `taken over as running on ${worker}`,
  "router.reserving": ({ worker, blocks }) => `reserves ${kvBlocks(blocks)} on ${worker}`,
  "router.granted": ({ worker, blocks, waitedMs }) =>
    `granted ${worker} and ${kvBlocks(blocks)} after ${ms(waitedMs)}`,
  "router.preempting": ({ why, forRequestId, recomputeTokens }) =>
    `gives way to request ${forRequestId} (${why}): ${recomputeTokens} tokens will be computed again`,
  "router.voided": ({ reason }) => `its place was taken back: ${reason}`,
  "router.ended": () => "its place is free again",
  "kv.reserved": ({ blocks, worker }) => `${kvBlocks(blocks)} booked on ${worker}`,
  "kv.extended": ({ blocks }) => `booking extended to ${kvBlocks(blocks)}`,
  "kv.refused": ({ reason }) => `no booking: ${reason ?? "no blocks"}`,
  "kv.extend-refused": ({ freeBlocks }) => `no longer booking: ${freeBlocks} blocks are free`,
  "kv.released": ({ blocks }) => `${kvBlocks(blocks ?? "its")} given back`,
  "adapter.loading": ({ worker }) => `its adapter is loaded into ${worker}`,
  "adapter.resident": ({ worker }) => `its adapter is resident on ${worker}`,
  "adapter.failed": ({ reason }) => `its adapter could not be loaded: ${reason}`,
  "worker.attached": ({ worker }) => `another session has its stream on ${worker}`,
  "worker.unclaimed": () => "nobody came for it in half a minute: stopped",
  "worker.started": ({ worker, zone }) =>
    zone === undefined ? `started on ${worker}` : `started on ${worker} in ${zone}`,
  "worker.cancel-received": () => "the cancel reached the worker",
  "worker.stop-sent": () => "the engine was told to stop",
  "worker.freed": ({ blocks }) => `its sequence and ${kvBlocks(blocks)} are free`,
  "worker.ended": ({ outcome }) => `ended on the worker: ${outcome}`,
  "worker.preempted": ({ by, ...price }) =>
    `preempted by its ${by ?? "engine"}: its KV blocks were taken back${again(price)}`,
  "router.isolating": ({ worker, others }) =>
    `engines died under it twice: ${worker} is held for it alone (${others} others to go first)`,
  "router.isolated": ({ worker, why }) => `${worker} is open to others again: ${why}`,
  "worker.suspected": ({ worker, isAlone }) =>
    isAlone === 1
      ? `the engine of ${worker} died under it alone`
      : `the engine of ${worker} died, with this in flight`,
  "worker.engine-fault": ({ fault }) => `its engine failed it: ${fault}`,
  "worker.acquitted": () => "past where engines had died: acquitted",
  "worker.resumed": () => "resumed after preemption",
  "worker.refused": ({ reason }) => `the worker refused it: ${reason}`,
  "worker.fenced": ({ reason }) => `the worker refused a stale start: ${reason ?? "fenced"}`,
  "engine.stop-received": () => "the stop reached the engine",
  "engine.freed": ({ blocks }) => `the engine freed ${kvBlocks(blocks ?? "its")}`,
};

const byEvent: ReadonlyMap<string, (fields: Fields) => string> = new Map(Object.entries(sentences));

export const sentenceOf = (event: string, fields: Fields): string =>
  byEvent.get(event)?.(fields) ??
  (fields["why"] === undefined ? event : `${event}: ${fields["why"]}`);
