import assert from "node:assert/strict";
import { test } from "node:test";
import { isPrivateUrl } from "./private-url.ts";

test("neighbours are private", () => {
  for (const url of [
    "http://127.0.0.1:8080",
    "http://[::1]:8080",
    "http://[fd00::7]:8080/",
    "http://10.1.2.3:80",
    "http://172.31.0.1:80",
    "http://192.168.1.1",
    "http://localhost:1",
    "http://engine-0.engines.default.svc:8000",
    "http://gpu.internal:8000",
  ]) {
    assert.ok(isPrivateUrl(url), url);
  }
});

test("the world is not, nor is what would be sent to another path or with a password", () => {
  for (const url of [
    "http://8.8.8.8:80",
    "http://172.32.0.1:80",
    "http://[2001:db8::1]:80",
    "http://example.com",
    "https://127.0.0.1:8080",
    "http://127.0.0.1:8080/v1",
    "http://127.0.0.1:8080/?a=b",
    "http://user:word@127.0.0.1:8080",
    "ftp://127.0.0.1",
    "127.0.0.1:8080",
    "",
  ]) {
    assert.ok(!isPrivateUrl(url), url);
  }
});
