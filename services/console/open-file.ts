// A file to be sent: its bytes are read while they go, however large it is.

import { openAsBlob } from "node:fs";
import { access, constants, stat } from "node:fs/promises";

export async function openFile(path: string): Promise<Blob> {
  // They are the ones that say why a file cannot be opened.
  await access(path, constants.R_OK);
  if ((await stat(path)).isDirectory()) {
    throw Object.assign(new Error("it is a directory"), { code: "EISDIR" });
  }
  return openAsBlob(path);
}
