// What went wrong with a call, in the two ways that matter: the endpoint did not answer, so the next call goes
// elsewhere and this one is unknown; or etcd answered with an error, which another endpoint would answer too.

import {
  EtcdLeaseInvalidError,
  EtcdPermissionDeniedError,
  GRPCFailedPreconditionError,
  GRPCInvalidArgumentError,
  GRPCNotFoundError,
  GRPCOutOfRangeError,
  GRPCResourceExhastedError,
  GRPCUnauthenticatedError,
  castGrpcError,
} from "etcd3";

const answers = [
  EtcdLeaseInvalidError,
  EtcdPermissionDeniedError,
  GRPCFailedPreconditionError,
  GRPCInvalidArgumentError,
  GRPCNotFoundError,
  GRPCOutOfRangeError,
  GRPCResourceExhastedError,
  GRPCUnauthenticatedError,
];

const refusals = [EtcdPermissionDeniedError, GRPCUnauthenticatedError];

/** Raw errors of streams become the same classes that calls reject with. */
const typed = (error: unknown): Error =>
  error instanceof Error ? castGrpcError(error) : new Error(String(error));

const isOneOf = (
  error: unknown,
  classes: readonly (abstract new (text: string) => Error)[],
): boolean => {
  const cast = typed(error);
  return classes.some((kind) => cast instanceof kind);
};

export const isEtcdAnswer = (error: unknown): boolean => isOneOf(error, answers);

export const isLeaseLost = (error: unknown): boolean => isOneOf(error, [EtcdLeaseInvalidError]);

/** By name or certificate, whatever is asked. */
export const isRefused = (error: unknown): boolean =>
  isOneOf(error, refusals) || /user name (is empty|not found)/.test(reasonOf(error));

const reasonMax = 300;
export const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error))
    // What gRPC appends and mostly leaves empty.
    .replace(/\.? Resolution note: $/, "")
    .slice(0, reasonMax);
