// One metering process: the stream's consumer and the ledger, as the fleet's role composes them.

import { connectNats } from "#shared/bus/nats-connection.ts";
import { openPostgresSql } from "#shared/ledger/sql/postgres-sql.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { startUsageToLedger } from "#services/metering/jetstream-to-ledger.ts";

interface MeteringSettings {
  readonly name: string;
  readonly natsServers: readonly string[];
  readonly postgres: { readonly host: string; readonly port: number; readonly database: string };
}

const settings = JSON.parse(process.argv[2] ?? "{}") as MeteringSettings;
const onNote = (): void => undefined;
const sql = await openPostgresSql({ ...settings.postgres, user: "registry" });
const { name: processName, natsServers: servers } = settings;
const link = await connectNats({ servers, role: "metering", process: processName, onNote });
await startUsageToLedger({ link, ledger: sqlLedger(sql), onNote });
process.on("disconnect", () => process.exit(0));
process.send?.({ kind: "ready" });
