// A file to be sent: its bytes are read while they go, however large it is.

import { openAsBlob } from "node:fs";
import { access, constants } from "node:fs/promises";

export async function openFile(path: string): Promise<Blob> {
  // It is the one that says why a file cannot be opened.
  await access(path, constants.R_OK);
  return openAsBlob(path);
}
