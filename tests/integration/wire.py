"""Kafka's frames by hand, for requests that no client would send."""
import socket
import struct


def string(text):
    data = text.encode()
    return struct.pack(">h", len(data)) + data


def header(key, version, correlation=1, client="test"):
    return struct.pack(">hhi", key, version, correlation) + string(client)


class Connection:
    def __init__(self, port, timeout=10):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)

    def send(self, payload):
        self.socket.sendall(struct.pack(">i", len(payload)) + payload)

    def receive(self):
        """The next response, or None when the connection was closed."""
        prefix = self._read(4)
        return self._read(struct.unpack(">i", prefix)[0]) if prefix else None

    def _read(self, count):
        data = b""
        while len(data) < count:
            try:
                piece = self.socket.recv(count - len(data))
            except ConnectionError:
                return None
            if not piece:
                return None
            data += piece
        return data

    def is_closed(self):
        """True when the broker has closed the connection (within the timeout)."""
        return self.receive() is None

    def close(self):
        self.socket.close()


def metadata_request(correlation=1):
    """Metadata v1 about no topic: the cheapest question that every broker answers."""
    return header(3, 1, correlation) + struct.pack(">i", 0)


def is_served(port):
    """Asks as another client would; true when the answer is to our question."""
    connection = Connection(port)
    try:
        connection.send(metadata_request(77))
        answer = connection.receive()
        return answer is not None and struct.unpack(">i", answer[:4])[0] == 77
    finally:
        connection.close()
