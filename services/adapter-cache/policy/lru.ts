// The least recently used leaves: what S-LoRA and vLLM do. It forgets how often.

import type { Eviction } from "./eviction.ts";

export const lru: Eviction = { worth: ({ lastUsedMs }) => lastUsedMs };
