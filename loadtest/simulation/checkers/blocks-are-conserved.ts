// interim
import type { Checker } from "#loadtest/simulation/checker.ts";
export const blocksAreConserved: Checker = { name: "blocks-are-conserved", watch: () => ({}) };
