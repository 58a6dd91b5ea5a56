// nginx as a plain proxy in front of an engine: the floor that a front door is measured against.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BenchProcess } from "./child-process.ts";
import { launch } from "./child-process.ts";

export interface Proxy {
  /** For its configuration and temporary files. */
  readonly folder: string;
  readonly listen: number;
  /** Several take calls in turn. */
  readonly upstreams: readonly number[];
}

/** One worker, keep-alive to the upstream, no buffering, no access log. Throws where nginx cannot be had. */
export function startNginx(proxy: Proxy): Promise<BenchProcess> {
  requireNginx();
  const folder = join(proxy.folder, "nginx");
  mkdirSync(folder);
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration({ ...proxy, folder }));
  return launch({ command: ["nginx", "-e", `${folder}/error.log`, "-c", file] });
}

function requireNginx(): void {
  if (spawnSync("nginx", ["-v"]).status === 0) return;
  console.error("bench: installing nginx from Debian's packages…");
  spawnSync("apt-get", ["update", "-qq"]);
  spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "nginx-light"], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" },
  });
  if (spawnSync("nginx", ["-v"]).status !== 0) {
    throw new Error("this benchmark needs nginx: apt-get install nginx-light");
  }
}

const servers = (ports: readonly number[]): string =>
  ports.map((port) => `server 127.0.0.1:${port};`).join(" ");

const configuration = ({ folder, listen, upstreams }: Proxy): string => `
daemon off;
${process.getuid?.() === 0 ? "user root;" : ""}
worker_processes 1;
pid ${folder}/nginx.pid;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  keepalive_requests 1000000;
  upstream engine { ${servers(upstreams)} keepalive 256; keepalive_requests 1000000; }
  server {
    listen 127.0.0.1:${listen};
    client_max_body_size 16m;
    location / {
      proxy_pass http://engine;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_read_timeout 600s;
    }
  }
}
`;
