// The whole platform in one process: the same actors as in the fleet, on one host, over the embedded twins of
// coordination and ledger. Started in the order of need, drained in the reverse order.

import type { Address } from "#shared/actor/actor.ts";
import type { Environment } from "#shared/config/environment.ts";
import { sqlLedger } from "#shared/ledger/sql-ledger.ts";
import { meterAddress } from "#shared/messages/addresses.ts";
import type { EdgeId } from "#shared/model/ids.ts";
import { readEdgeConfig } from "#services/edge/config.ts";
import { createEdge } from "#services/edge/edge.ts";
import { startGrpcApi } from "#services/edge/grpc-api.ts";
import { startHttpApi } from "#services/edge/http-api.ts";
import { openRegistry } from "#services/registry/registry.ts";
import { beginHouse, edgeName, processName } from "./begin-house.ts";
import type { EmbeddedConfig } from "./config.ts";
import { firstFleet } from "./first-fleet.ts";
import { tellFleet } from "./fleet-follower.ts";
import { untilReady } from "./readiness.ts";
import { untilSettled } from "./settle.ts";
import { openStore } from "./store.ts";

export interface Platform {
  readonly httpPort: number;
  readonly grpcPort: number;
  readonly adminPort: number;
  /** Refuses new calls, lets open ones end, settles usage, gives everything up. Resolves when all of it is done. */
  drain(): Promise<void>;
}

type Close = () => Promise<void> | void;

const settlePatienceMs = 10_000;

/** Resolves once it serves. Rejects with a message for the operator, leaving nothing running. */
export async function startPlatform(
  config: EmbeddedConfig,
  environment: Environment,
): Promise<Platform> {
  const closers: Close[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    const platform = await compose(config, environment, (closer) => closers.push(closer));
    return { ...platform, drain: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function compose(
  config: EmbeddedConfig,
  environment: Environment,
  onClose: (closer: Close) => void,
): Promise<Omit<Platform, "drain">> {
  const edgeConfig = readEdgeConfig(environment);
  const { sql, coordination } = await openStore(config.dataDirectory);
  onClose(() => sql.close());
  onClose(() => coordination.close());
  const registry = openRegistry({ sql, coordination });
  let fleet = await firstFleet(registry, {
    file: config.fleetFile,
    isNamedByOperator: environment["FAIRLEAD_FLEET_FILE"] !== undefined,
  });
  const ledger = sqlLedger(sql);
  const telemetry = { onNote: () => undefined };
  const house = beginHouse({
    coordination,
    ledger,
    fleet: { current: () => fleet, engineTimeScale: config.engineTimeScale },
    onNote: telemetry.onNote,
  });
  const { host } = house;
  onClose(() => house.stop());
  onClose(() => house.handOver());
  const meter = meterAddress(processName);
  const edge = createEdge({
    host,
    edge: edgeName as EdgeId,
    meter,
    fleet,
    config: edgeConfig,
    onNote: telemetry.onNote,
  });
  const ports = { host, process: processName, registry: "registry/embedded" as Address };
  onClose(
    registry.watch(
      (newest) => {
        fleet = newest;
        edge.setFleet(newest);
        tellFleet(ports, newest);
      },
      (error) => console.error(`fairlead: the registry could not be read: ${String(error)}`),
    ),
  );
  await untilReady(host, fleet);
  onClose(async () => {
    await untilSettled(host, settlePatienceMs);
  });
  const listen = (port: number) => ({ port, hostname: config.listenHost });
  const http = await startHttpApi(edge, listen(config.httpPort));
  onClose(() => http.close());
  const grpc = await startGrpcApi(edge, listen(config.grpcPort));
  onClose(() => grpc.close());
  onClose(() => edge.drain(config.drainPatienceMs));
  return { httpPort: http.port, grpcPort: grpc.port, adminPort: 0 };
}
