// The session ends a cut output as if it were whole: the client takes half an answer for all of it.

import type { Effect } from "#shared/actor/actor.ts";
import type { ToClient } from "#shared/messages/to-client.ts";
import type { PlantedBug } from "./planted-bug.ts";
import { alterSends, altering } from "./planted-bug.ts";

interface SessionSeen {
  readonly call?: {
    readonly delivered: readonly number[];
    readonly request: { readonly promptTokens: number };
  };
}

export const cleanEof: PlantedBug = {
  name: "clean-eof",
  foundBy: ["delivered-text-is-the-oracles"],
  plant: altering("session", {
    effects: (effects: readonly Effect[], _arrival, { call }: SessionSeen) =>
      alterSends(effects, (message) => {
        if (message.kind !== "failed" || call === undefined || call.delivered.length === 0) {
          return message;
        }
        return {
          kind: "completed",
          reason: "stop",
          promptTokens: call.request.promptTokens,
          cachedTokens: 0,
          outputTokens: call.delivered.length,
        } satisfies ToClient;
      }),
  }),
};
