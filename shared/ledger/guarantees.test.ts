import { after } from "node:test";
import { auditCases } from "./audit.cases.ts";
import { guarded } from "./guarantees.cases.ts";
import { openPgliteSql } from "./pglite-sql.ts";
import { tenantRowsCases } from "./tenant-rows.cases.ts";

const opened = openPgliteSql().then(guarded);
after(async () => (await opened).close());

tenantRowsCases("PGlite", () => opened);
auditCases("PGlite", () => opened);
