// Where each kind of actor and device is reached. The first part of an address is the actor's name.

import type { Address } from "#shared/actor/actor.ts";
import type {
  EdgeId,
  PoolId,
  RequestId,
  TenantId,
  WorkerHostId,
  WorkerId,
} from "#shared/model/ids.ts";

const address = (text: string): Address => text as Address;

export const sessionAddress = (edge: EdgeId, requestId: RequestId): Address =>
  address(`session/${edge}/${requestId}`);
export const sessionDirectoryAddress = (edge: EdgeId): Address =>
  address(`session-directory/${edge}`);
/** Device: the socket of one client call. */
export const clientAddress = (edge: EdgeId, requestId: RequestId): Address =>
  address(`client/${edge}/${requestId}`);
export const tenantQueueAddress = (tenant: TenantId): Address => address(`tenant-queue/${tenant}`);
export const routerAddress = (pool: PoolId): Address => address(`router/${pool}`);
export const kvAccountantAddress = (pool: PoolId): Address => address(`kv-accountant/${pool}`);
export const adapterCacheAddress = (host: WorkerHostId): Address =>
  address(`adapter-cache/${host}`);
export const workerAddress = (worker: WorkerId): Address => address(`worker/${worker}`);
/** Device or simulated engine of one replica. */
export const engineAddress = (worker: WorkerId): Address => address(`engine/${worker}`);
export const meterAddress = (process: string): Address => address(`meter/${process}`);
/** Device: the usage ledger as one process reaches it. */
export const ledgerAddress = (process: string): Address => address(`ledger/${process}`);
/** Keeps a process's usage on disk until the ledger has it. */
export const outboxAddress = (process: string): Address => address(`outbox/${process}`);
/** Device: the outbox's files. */
export const diskAddress = (process: string): Address => address(`disk/${process}`);
export const ownerAddress = (process: string): Address => address(`owner/${process}`);
/** Device: the coordination store as one process reaches it. */
export const coordinationAddress = (process: string): Address => address(`coordination/${process}`);
/** Device: where an edge's sessions leave dead letters. */
export const deadLettersAddress = (edge: EdgeId): Address => address(`dead-letters/${edge}`);
/** Device: the host of one process, which starts and stops hearing owned addresses. */
export const hostAddress = (process: string): Address => address(`host/${process}`);

/** Decides one rollout; in the process that keeps the desired state. */
export const rolloutAddress = (id: string): Address => address(`rollout/decider/${id}`);
/** Device: keeps rollouts, and has golden outputs judged. */
export const rolloutKeeperAddress = (process: string): Address =>
  address(`rollout-keeper/${process}`);
/** Device: what an edge does for rollouts. */
export const armDeskAddress = (edge: EdgeId): Address => address(`arm-desk/${edge}`);
/** Device: where an edge tries adapters that tenants brought. */
export const trialDeskAddress = (edge: EdgeId): Address => address(`trial-desk/${edge}`);
/** Device: has adapters tried; beside whoever takes them in. */
export const adapterTrialsAddress = (process: string): Address =>
  address(`adapter-trials/${process}`);

/** The edge in a session's address; the caller knows that it is one. */
export const edgeOfSession = (session: Address): EdgeId => (session.split("/")[1] ?? "") as EdgeId;
/** The session's own id in its address. */
export const idOfSession = (session: Address): RequestId =>
  session.slice(session.lastIndexOf("/") + 1) as RequestId;
/** `session-directory/edge-7` → `edge-7`. */
export const edgeOfDirectory = (directory: Address): EdgeId =>
  (directory.split("/")[1] ?? "") as EdgeId;

/** `tenant-queue/acme` → `tenant-queue`: how a host finds the actor or device. */
export function kindOf(target: Address): string {
  const slash = target.indexOf("/");
  return slash < 0 ? target : target.slice(0, slash);
}
