"""A server for the HTTP sink: answers as a plan says, fails in every way that servers do, and keeps
what it got. Knows OAuth2's token endpoint and _bulk. Threads; start() and stop() may be repeated on
the same port."""
import gzip
import json
import random
import socket
import ssl
import struct
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Reply:
    def __init__(self, status=200, body=b"", headers=None, action=None):
        self.status = status
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.headers = headers or {}
        self.action = action  # "hang", "reset", "reset_in_body"


class Stub:
    """`answer(request)` gives a Reply; request has method, path, headers, body, connection."""

    def __init__(self, answer, tls=None):
        self.answer = answer
        self.tls = tls
        self.requests = []
        self.lock = threading.Lock()
        self.port = 0
        self.closing = threading.Event()
        self.connections = 0
        self.server = None

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def start(self):
        stub = self
        self.closing = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self):
                super().setup()
                with stub.lock:
                    stub.connections += 1
                    stub.server.open.add(self.connection)

            def finish(self):
                with stub.lock:
                    stub.server.open.discard(self.connection)
                try:
                    super().finish()
                except OSError:
                    pass

            def log_message(self, *_arguments):
                pass

            def do_POST(self):
                stub.serve(self)

            do_GET = do_PUT = do_POST

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128
            open = set()

            def handle_error(self, _request, _address):
                pass  # a connection that broke, mostly because it was to break

        self.server = Server(("127.0.0.1", self.port), Handler)
        self.server.open = set()
        self.port = self.server.server_address[1]
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self):
        """Goes away: nothing listens, connections are reset."""
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        with self.lock:
            for each in self.server.open:
                reset(each)

    def serve(self, handler):
        length = int(handler.headers.get("Content-Length", 0))
        body = handler.rfile.read(length)
        if handler.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with self.lock:
            request = {"method": handler.command, "path": handler.path, "body": body,
                       "headers": {k.lower(): v for k, v in handler.headers.items()}}
            self.requests.append(request)
            reply = self.answer(request)
        if reply.action == "hang":
            self.closing.wait(60)
            handler.close_connection = True
            return
        if reply.action == "reset":
            reset(handler.connection)
            handler.close_connection = True
            return
        handler.send_response(reply.status)
        for name, value in reply.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(reply.body)))
        handler.end_headers()
        if reply.action == "reset_in_body":
            handler.wfile.write(reply.body[: len(reply.body) // 2])
            handler.wfile.flush()
            reset(handler.connection)
            handler.close_connection = True
            return
        handler.wfile.write(reply.body)


def reset(connection):
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    except OSError:
        pass


class Tokens:
    """OAuth2 client credentials: each token is good for `uses` requests."""

    def __init__(self, uses, client="weir", secret="hush-hush"):
        self.uses = uses
        self.client = (client, secret)
        self.given = 0
        self.left = {}

    def give(self, request):
        import base64
        expected = base64.b64encode(":".join(self.client).encode()).decode()
        if request["headers"].get("authorization") != "Basic " + expected:
            return Reply(401, {"error": "invalid_client"})
        if b"grant_type=client_credentials" not in request["body"]:
            return Reply(400, {"error": "unsupported_grant_type"})
        self.given += 1
        token = f"secret-token-{self.given}"
        self.left[token] = self.uses
        return Reply(200, {"access_token": token, "token_type": "Bearer", "expires_in": 3600})

    def takes(self, request):
        token = request["headers"].get("authorization", "").removeprefix("Bearer ")
        if self.left.get(token, 0) == 0:
            return False
        self.left[token] -= 1
        return True


class BulkIndex:
    """_bulk: documents by id. `fails(id, document)` gives (status, type) of an item, or nothing."""

    def __init__(self, fails):
        self.fails = fails
        self.documents = {}
        self.writes = {}

    def answer(self, request):
        if not request["path"].startswith("/_bulk"):
            return Reply(404)
        lines = request["body"].decode().splitlines()
        items = []
        at = 0
        while at < len(lines):
            (operation, about), = json.loads(lines[at]).items()
            at += 1
            document = None
            if operation != "delete":
                document = json.loads(lines[at])
                at += 1
            items.append({operation: self.item(operation, about, document)})
        errors = any(each["status"] >= 300 for item in items for each in item.values())
        return Reply(200, {"took": 1, "errors": errors, "items": items})

    def item(self, operation, about, document):
        out = {"_index": about["_index"], "_id": about["_id"], "status": 200}
        failed = self.fails(about["_id"], document)
        if failed:
            return {**out, "status": failed[0], "error": {"type": failed[1], "reason": "by plan"}}
        if operation == "create" and about["_id"] in self.documents:
            return {**out, "status": 409, "error": {"type": "version_conflict_engine_exception",
                                                    "reason": "document already exists"}}
        if operation == "delete":
            return {**out, "status": 200 if self.documents.pop(about["_id"], None) else 404}
        self.writes[about["_id"]] = self.writes.get(about["_id"], 0) + 1
        self.documents[about["_id"]] = document
        return out


def self_signed(directory):
    """(certificate, key) for 127.0.0.1."""
    certificate, key = f"{directory}/cert.pem", f"{directory}/key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", "/CN=localhost", "-addext",
                    "subjectAltName=IP:127.0.0.1,DNS:localhost"], check=True, capture_output=True)
    return certificate, key


def trouble(seed, share):
    """A function that fails `share` of the requests, each time in another way."""
    dice = random.Random(seed)
    ways = [Reply(500), Reply(503, b"busy"), Reply(429, headers={"Retry-After": "0"}), Reply(408),
            Reply(action="reset"), Reply(200, b"x" * 1000, action="reset_in_body")]
    return lambda: dice.choice(ways) if dice.random() < share else None
