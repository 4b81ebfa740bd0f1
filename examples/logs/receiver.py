#!/usr/bin/env python3
"""A server that takes what the sink `hook` posts: JSON arrays of records. It shows the first of
each path; `GET /` tells how many came, by path. `receiver.py [PORT]`; 0 is a free one."""
import http.server
import json
import sys
import threading

SHOWN = 2
WIDTH = 150
BODY_MAX = 64 << 20


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections are kept
    counts = {}
    changing = threading.Lock()

    def do_POST(self):  # pylint: disable=invalid-name
        length = int(self.headers.get("Content-Length", 0))
        if length > BODY_MAX:
            self.close_connection = True
            return self.answer(413, b"")
        try:
            records = json.loads(self.rfile.read(length))
        except ValueError:
            return self.answer(400, b"not JSON\n")
        with self.changing:
            before = self.counts.get(self.path, 0)
            self.counts[self.path] = before + len(records)
            for record in records[:max(0, SHOWN - before)]:
                text = json.dumps(record)
                print(f"POST {self.path} {text[:WIDTH]}{'...' if len(text) > WIDTH else ''}",
                      flush=True)
        return self.answer(204, b"")

    def do_GET(self):  # pylint: disable=invalid-name
        with self.changing:
            text = json.dumps(self.counts)
        self.answer(200, text.encode() + b"\n")

    def answer(self, status, body):
        self.send_response(status)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):  # pylint: disable=arguments-differ
        """No line for each request."""


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Receiver)
    server.daemon_threads = True
    print(f"receiver listens on 127.0.0.1:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


main()
