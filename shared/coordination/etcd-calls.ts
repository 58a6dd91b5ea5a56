// Calls with a deadline over several endpoints. A write is never repeated here: it may have taken effect, and
// only who asked knows whether asking again is safe. A read is tried once more, elsewhere.

import type { EtcdConnection } from "./etcd-connection.ts";
import type { EtcdEndpoints } from "./etcd-endpoints.ts";
import { isEtcdAnswer, reasonOf } from "./etcd-faults.ts";

/** Below the patience with which owners ask again, so that the next question finds another endpoint. */
export const writePatienceMs = 900;
export const keepPatienceMs = 400;
export const readPatienceMs = 450;

/** `deadline`: wall clock, as the vendor's calls want it. */
export type EtcdCall<Answer> = (
  connection: EtcdConnection,
  options: { readonly deadline: number },
) => Promise<Answer>;

export async function askOnce<Answer>(
  endpoints: EtcdEndpoints,
  patienceMs: number,
  call: EtcdCall<Answer>,
): Promise<Answer> {
  const connection = endpoints.current();
  try {
    return await call(connection, { deadline: Date.now() + patienceMs });
  } catch (error) {
    if (!isEtcdAnswer(error)) endpoints.leave(connection, reasonOf(error));
    throw error;
  }
}

export async function readAnywhere<Answer>(
  endpoints: EtcdEndpoints,
  call: EtcdCall<Answer>,
): Promise<Answer> {
  try {
    return await askOnce(endpoints, readPatienceMs, call);
  } catch (error) {
    if (isEtcdAnswer(error)) throw error;
    return askOnce(endpoints, readPatienceMs, call);
  }
}
