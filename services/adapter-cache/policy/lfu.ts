// The least often used leaves, uses of long ago counting less: without that, who was popular once would stay for ever.

import type { Eviction } from "./eviction.ts";
import { usesAt } from "./eviction.ts";

export const lfu: Eviction = { worth: usesAt };
