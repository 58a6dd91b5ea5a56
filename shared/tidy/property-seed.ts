// Loaded before each test file of `npm test`: property tests draw the same examples every time, so that a red run is
// red again. `FAIRLEAD_PROPERTY_SEED` gives other examples: a number, or `random`.

import fc from "fast-check";

const wished = process.env["FAIRLEAD_PROPERTY_SEED"] ?? "20261120";
if (wished !== "random") fc.configureGlobal({ seed: Number(wished) });
