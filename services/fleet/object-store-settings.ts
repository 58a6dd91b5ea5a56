// Where artefacts lie, as an operator says it: a folder, or a bucket of an S3-compatible server.

import type { EnvironmentReader } from "#shared/config/environment.ts";
import { folderObjectStore } from "#shared/object-store/folder-object-store.ts";
import type { ObjectStore } from "#shared/object-store/object-store.ts";
import { s3ObjectStore } from "#shared/object-store/s3-object-store.ts";

export interface ObjectStoreSettings {
  /** `https://HOST[:PORT]/BUCKET`. Empty: a folder. */
  readonly s3Url: string;
  readonly s3Region: string;
  readonly s3AccessKeyId: string;
  readonly s3SecretAccessKey: string;
}

const urlForm = /^https?:\/\/[^/\s@]+\/[a-z0-9][a-z0-9.-]{2,62}$/;

export function objectStoreSettings(read: EnvironmentReader): ObjectStoreSettings {
  const isS3 = read.optionalText("FAIRLEAD_S3_URL") !== undefined;
  if (!isS3) return { s3Url: "", s3Region: "", s3AccessKeyId: "", s3SecretAccessKey: "" };
  return {
    s3Url: read.matching("FAIRLEAD_S3_URL", urlForm, "https://HOST[:PORT]/BUCKET"),
    s3Region: read.text("FAIRLEAD_S3_REGION", "us-east-1"),
    s3AccessKeyId: read.required("FAIRLEAD_S3_ACCESS_KEY_ID", "the key's public part"),
    s3SecretAccessKey: read.required("FAIRLEAD_S3_SECRET_ACCESS_KEY", "the key's secret"),
  };
}

/** For an answer, and for each chunk. */
const patienceMs = 10_000;

/** `folder`: where it is one. */
export function openObjectStore(settings: ObjectStoreSettings, folder: string): ObjectStore {
  const { s3Url, s3Region: region, s3AccessKeyId, s3SecretAccessKey } = settings;
  if (s3Url === "") return folderObjectStore({ folder });
  const { origin, pathname } = new URL(s3Url);
  return s3ObjectStore({
    endpoint: origin,
    bucket: pathname.slice(1),
    region,
    accessKeyId: s3AccessKeyId,
    secretAccessKey: s3SecretAccessKey,
    patienceMs,
  });
}
