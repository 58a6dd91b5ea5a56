// The questions of the port as etcd transactions, and their answers read back. A claim's epoch is the create
// revision of its key: the revision of the transaction that made it.

import { CompareResult, CompareTarget } from "etcd3";
import type { ICompare, IKeyValue, IRangeResponse, ITxnRequest, ITxnResponse } from "etcd3";
import type {
  ClaimOutcome,
  ClaimQuestion,
  GetOutcome,
  PutOutcome,
  PutQuestion,
  Unknown,
} from "./coordination.ts";

const bytes = (text: string): Buffer => Buffer.from(text, "utf8");
const result = CompareResult.Equal;

export const claimTransaction = ({ key, value, lease }: ClaimQuestion): ITxnRequest => ({
  compare: [{ key: bytes(key), target: CompareTarget.Version, result, version: "0" }],
  success: [{ request_put: { key: bytes(key), value: bytes(value), lease } }],
  failure: [{ request_range: { key: bytes(key) } }],
});

export function claimOutcome(
  { lease }: ClaimQuestion,
  { succeeded, header, responses }: ITxnResponse,
): ClaimOutcome | Unknown {
  if (succeeded) return { kind: "claimed", epoch: Number(header.revision) };
  const holder = responses[0]?.response_range.kvs[0];
  if (holder === undefined) return { kind: "unknown", reason: "etcd answered without the holder" };
  const epoch = Number(holder.create_revision);
  if (holder.lease === lease) return { kind: "claimed", epoch };
  return { kind: "held", value: holder.value.toString("utf8"), epoch };
}

export const releaseTransaction = (key: string, lease: string): ITxnRequest => ({
  compare: [hangsOn(key, lease)],
  success: [{ request_delete_range: { key: bytes(key) } }],
  failure: [],
});

/** An absent key hangs on no lease, as a plain one does. */
const hangsOn = (key: string, lease: string): ICompare => ({
  key: bytes(key),
  target: CompareTarget.Lease,
  result,
  lease,
});

/** A claimed key is not put: it would no longer hang on its lease. */
export function putTransaction({ key, value, fence, expected, lease }: PutQuestion): ITxnRequest {
  const compare = lease === undefined ? [hangsOn(key, "0")] : [];
  if (expected !== undefined) compare.push(hasValue(key, expected.value));
  if (fence !== undefined) {
    const create_revision = String(fence.epoch);
    compare.push({ key: bytes(fence.key), target: CompareTarget.Create, result, create_revision });
  }
  return {
    compare,
    success: [{ request_put: { key: bytes(key), value: bytes(value), lease: lease ?? "0" } }],
    failure: [
      { request_range: { key: bytes(key) } },
      ...(fence === undefined ? [] : [{ request_range: { key: bytes(fence.key) } }]),
    ],
  };
}

const hasValue = (key: string, value: string | undefined): ICompare =>
  value === undefined
    ? { key: bytes(key), target: CompareTarget.Version, result, version: "0" }
    : { key: bytes(key), target: CompareTarget.Value, result, value: bytes(value) };

export function putOutcome(
  { fence, expected, lease }: PutQuestion,
  { succeeded, header, responses }: ITxnResponse,
): PutOutcome | Unknown {
  if (succeeded) return { kind: "put", revision: Number(header.revision) };
  const standing = responses[0]?.response_range.kvs[0];
  if (lease === undefined && isLeased(standing))
    return { kind: "unknown", reason: "a claimed key is not put" };
  const claim = responses[1]?.response_range.kvs[0];
  const isFenced = fence !== undefined && Number(claim?.create_revision ?? -1) !== fence.epoch;
  if (isFenced || expected === undefined) return { kind: "fenced" };
  return standing === undefined
    ? { kind: "differs" }
    : { kind: "differs", value: standing.value.toString("utf8") };
}

const isLeased = (standing: IKeyValue | undefined): boolean =>
  standing !== undefined && standing.lease !== "0";

export const keyRange = (key: string): { key: Buffer } => ({ key: bytes(key) });

export function getOutcome({ kvs }: IRangeResponse): GetOutcome {
  const [found] = kvs;
  return found === undefined ? { kind: "absent" } : { kind: "found", ...entryOf(found) };
}

export const entryOf = ({
  value,
  create_revision: createRevision,
}: IKeyValue): { readonly value: string; readonly epoch: number } => ({
  value: value.toString("utf8"),
  epoch: Number(createRevision),
});

/** All keys that begin with it: up to the next text of the same length. */
export function prefixRange(prefix: string): { key: Buffer; range_end: Buffer } {
  const end = bytes(prefix);
  const last = end.length - 1;
  end[last] = (end[last] ?? 0) + 1;
  return { key: bytes(prefix), range_end: end };
}
