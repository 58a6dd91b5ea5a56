// Loaded before each test file of `npm test`: its new databases begin from the template. Processes that a test starts
// run `initdb`, as everywhere.

import { useTemplate } from "#shared/ledger/sql/pglite-template.ts";
import { templateFile } from "./pglite-template.ts";

const file = templateFile();
if (file !== undefined) useTemplate(file);
