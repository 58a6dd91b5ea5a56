// Why a file could not be read, in an operator's words instead of the system's.

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of its path is not a directory",
  EACCES: "permission denied",
  EPERM: "permission denied",
};

export function fileReason(error: unknown): string {
  const { code = "", message = String(error) } = error as Partial<NodeJS.ErrnoException>;
  return reasons[code] ?? message;
}

/** `cannot read FILE: no such file`. */
export const cannotRead = (file: string, error: unknown): Error =>
  new Error(`cannot read ${file}: ${fileReason(error)}`, { cause: error });
