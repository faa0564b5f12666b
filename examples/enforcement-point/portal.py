#!/usr/bin/env python3
"""A partner's portal that asks Procura before it acts: a policy enforcement point.

    portal.py --procura http://127.0.0.1:7878 --token-file token [--listen 127.0.0.1:8080]

It stands behind a proxy that signs people in and says who they are in the header X-User (tenant/user). Here it only says
what it would do. Whatever it cannot decide, it does not do: 403 where Procura denies, 503 where Procura gives no answer.
"""

import argparse
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from procura import NoDecision, Procura

ID = "([0-9a-f-]{36})"
# What a person may ask the portal to do: the request, the action that Procura decides about, on what, and the work.
WORK = [
    ("GET", f"/customers/{ID}/users", "directory.read", "customer", "listed the users"),
    ("POST", f"/customers/{ID}/password-resets", "directory.resetPassword", "customer", "reset the password"),
    ("POST", f"/subscriptions/{ID}/restarts", "subscription.manage", "subscription", "restarted the machines"),
]


class Portal(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    procura = None

    def handle_request(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        for method, path, action, kind, work in WORK:
            found = re.fullmatch(path, self.path)
            if found and method == self.command:
                return self.act(action, f"{kind}:{found[1]}", work)
        return self.answer(404, {"error": "no such page"})

    def act(self, action, resource, work):
        user = self.headers.get("X-User")
        if not user:
            return self.answer(401, {"error": "nobody is signed in"})
        try:
            allowed = self.procura.allows(f"user:{user}", action, resource)
        except NoDecision as error:
            print(f"no decision about {action} on {resource}: {error}", file=sys.stderr)
            return self.answer(503, {"error": "whether you may do this cannot be found out at the moment"})
        if not allowed:
            return self.answer(403, {"error": f"you may not {action} on {resource}"})
        return self.answer(200, {"done": work})

    def answer(self, status, body):
        body = json.dumps(body).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = handle_request


def main():
    parser = argparse.ArgumentParser(description="A portal that asks Procura before it acts.")
    parser.add_argument("--procura", required=True, help="where Procura is, like https://procura.example")
    parser.add_argument("--token-file", required=True, type=Path, help="the portal's own token, role Procura.Decider")
    parser.add_argument("--listen", default="127.0.0.1:8080")
    options = parser.parse_args()
    # Read for every question, so that whoever renews the token only has to replace the file.
    Portal.procura = Procura(options.procura, token=lambda: options.token_file.read_text().strip())
    host, _, port = options.listen.rpartition(":")
    server = ThreadingHTTPServer((host, int(port)), Portal)
    print(f"listening on http://{host}:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
