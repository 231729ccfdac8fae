"""nginx before the three `serve`: what one does not take at once another gets."""

from __future__ import annotations

from pathlib import Path

from tools.cluster.network import FRONT, HOSTS, address
from tools.cluster.program import Program

URL = f"http://{address(FRONT)}"


def front(folder: Path) -> Program:
    servers = "".join(f"    server {address(host)}:8080 max_fails=1 fail_timeout=3s;\n" for host in HOSTS)
    settings = folder / "nginx.conf"
    # An event that comes twice is known by its number, so a POST may be tried at another one.
    settings.write_text(
        f"""daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log error;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/nginx-body;
  proxy_temp_path {folder}/nginx-proxy;
  fastcgi_temp_path {folder}/nginx-fastcgi;
  uwsgi_temp_path {folder}/nginx-uwsgi;
  scgi_temp_path {folder}/nginx-scgi;
  upstream langso {{
{servers}  }}
  server {{
    listen {address(FRONT)}:80;
    location / {{
      proxy_pass http://langso;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_connect_timeout 1s;
      proxy_read_timeout 5s;
      proxy_next_upstream error timeout http_502 http_503 non_idempotent;
    }}
  }}
}}
"""
    )
    return Program("nginx", FRONT, ["nginx", "-c", str(settings)], folder / "nginx.out")
