// Ids at a server: ours, of one width, so that none is the beginning of another; fresh, so that what is said of one is
// never meant for the next.

import { randomBytes } from "node:crypto";

export const freshId = (): string => randomBytes(16).toString("hex");
