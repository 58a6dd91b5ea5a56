// A server's own folder, and whom the server runs as when that must not be root.

import { chmodSync, chownSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export function makeFolder(parent: string, name: string): string {
  const folder = join(parent, name);
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  return folder;
}

/** For programs that refuse to run as root: Postgres's own account, or nobody. */
export function ownerUnlessRoot(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return accountOf("postgres") ?? accountOf("nobody") ?? { uid: 65_534, gid: 65_534 };
}

/** Files that only their server may read: servers refuse keys that others can. */
export function giveTo(owner: Owner | undefined, ...paths: readonly string[]): void {
  if (owner === undefined) return;
  for (const path of paths) chownSync(path, owner.uid, owner.gid);
}

/**
 * Lets other accounts pass through a folder and its ancestors inside the folder for temporary files, without
 * letting them list what is there: mkdtemp makes folders that only their maker enters.
 */
export function letPass(folder: string): void {
  const top = resolve(tmpdir());
  for (let path = resolve(folder); path !== top && path !== dirname(path); path = dirname(path)) {
    const { mode, uid } = statSync(path);
    const isClosed = (mode & 0o001) === 0;
    if (isClosed && (!path.startsWith(`${top}/`) || uid !== process.getuid?.())) {
      throw new Error(
        `Postgres cannot reach its data: ${path} is closed to other accounts, and Postgres refuses to run as root; choose a folder under ${top}`,
      );
    }
    if (isClosed) chmodSync(path, mode | 0o011);
  }
}

/** Whether another account can reach a file. */
export function isOpenTo(owner: Owner | undefined, file: string): boolean {
  if (owner === undefined) return true;
  for (let path = dirname(file); path !== dirname(path); path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
  }
  return true;
}

function accountOf(name: string): Owner | undefined {
  const line = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  return uid === undefined || gid === undefined
    ? undefined
    : { uid: Number(uid), gid: Number(gid) };
}
