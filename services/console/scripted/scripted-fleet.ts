// A registry that is not there, for the tests of the console: it notes what it is told, and answers what the test says.

import type { FleetControl } from "#services/console/platform-view.ts";
import type { ScriptedPlatform } from "./scripted-platform.ts";

type Registry = Pick<ScriptedPlatform, "fleet" | "commands" | "outcome" | "aliases">;

export const scriptedFleet = (platformOf: () => Registry): FleetControl => ({
  current: async () => platformOf().fleet,
  apply: async (text, actor) => {
    platformOf().commands.push(`apply ${text.length} bytes by ${actor}`);
    return platformOf().outcome;
  },
  aliases: async () => platformOf().aliases,
  setAlias: async ({ tenant: whose, name, target }, actor) => {
    if (target === "nothing") return "unknown-target";
    platformOf().commands.push(
      `alias ${name} of ${whose || "all"} to ${target ?? "nothing"} by ${actor}`,
    );
    return { version: 10, isChanged: true };
  },
  preview: async (text) => {
    platformOf().commands.push(`preview ${text.length} bytes`);
    return platformOf().outcome;
  },
  throttle: async (id, percent, actor) => {
    if (id !== "acme") return undefined;
    platformOf().commands.push(`throttle ${id} to ${percent} % by ${actor}`);
    return { version: 9, isChanged: true };
  },
});
