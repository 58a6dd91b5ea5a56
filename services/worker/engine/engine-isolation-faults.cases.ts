// Faults of isolation, planted between a worker and any engine: what the isolation cases must see, or prove nothing.

import type { ToEngine } from "#shared/messages/to-engine.ts";
import type { ToWorker } from "#shared/messages/to-worker.ts";
import type { AdapterDigest } from "#shared/model/ids.ts";
import type { EngineBench, EngineTraits } from "./engine.cases.ts";

export interface IsolationFault {
  readonly fault: string;
  /** The case that sees it. */
  readonly behaviour: string;
  readonly plant: (bench: EngineBench, traits: EngineTraits) => EngineBench;
}

/** The salt is forgotten: everybody's prefixes are everybody's. */
const withoutNamespaces = (bench: EngineBench): EngineBench => ({
  ...bench,
  tell: (message) =>
    bench.tell(message.kind === "run" ? { ...message, namespace: "everybody" } : message),
});

/**
 * Adapters are known by a name that two of them have had: where the second is asked for, the first is used, for something of
 * that name is there already.
 */
function withOneNameForTwo(bench: EngineBench, { adapters }: EngineTraits): EngineBench {
  const [, older, newer] = adapters();
  const named = (digest: AdapterDigest): AdapterDigest =>
    digest === newer && older !== undefined ? older : digest;
  /** From here on what is loaded under the name is called so. */
  const asked: { readonly from: number; readonly digest: AdapterDigest }[] = [];
  const tell = (message: ToEngine): void => {
    if (message.kind === "run") {
      return bench.tell({ ...message, adapterDigest: named(message.adapterDigest) });
    }
    if (message.kind !== "load-adapter") return bench.tell(message);
    const { digest } = message;
    if (named(digest) === older) asked.push({ from: bench.heard.length, digest });
    bench.tell({ ...message, digest: named(digest) });
  };
  const said = (message: ToWorker, at: number): ToWorker =>
    message.kind === "adapter-loaded" && message.digest === older
      ? { ...message, digest: asked.findLast(({ from }) => from <= at)?.digest ?? message.digest }
      : message;
  return {
    tell,
    until: (isReached) => bench.until(isReached),
    close: () => bench.close(),
    get heard() {
      return bench.heard.map(said);
    },
  };
}

export const isolationFaults: readonly IsolationFault[] = [
  {
    fault: "a salt that is forgotten",
    behaviour: "a slot that one tenant leaves is empty for the next, whatever that one left in it",
    plant: withoutNamespaces,
  },
  {
    fault: "blocks that are found by everybody",
    behaviour: "blocks that go round among three tenants bring nobody another's words",
    plant: withoutNamespaces,
  },
  {
    fault: "two adapters under one name",
    behaviour: "the same words of three tenants, with every adapter and none: each its own text",
    plant: withOneNameForTwo,
  },
];
