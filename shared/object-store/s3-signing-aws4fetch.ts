// Signatures of S3 calls (SigV4, every header that matters, the body's digest among them).

import { AwsV4Signer } from "aws4fetch";

export interface S3Credentials {
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface UnsignedCall {
  readonly method: string;
  readonly url: string;
  /** Of the body; the server checks that it is what arrived. */
  readonly bodySha256: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** All headers of the call, lower case. */
export async function signS3(
  call: UnsignedCall,
  credentials: S3Credentials,
): Promise<Readonly<Record<string, string>>> {
  const { region, accessKeyId, secretAccessKey, sessionToken } = credentials;
  const signer = new AwsV4Signer({
    method: call.method,
    url: call.url,
    headers: { ...call.headers, "x-amz-content-sha256": call.bodySha256 },
    service: "s3",
    region,
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  const { headers } = await signer.sign();
  return Object.fromEntries(headers.entries());
}
