"""The records that every client writes and reads: made once a run, as lines of JSON, so that each
program only has to read them. Bytes are base64. What a client has read is told the same way, but
bytes beyond 64 as their SHA-256: "sha256:..."."""
import base64
import hashlib
import json
import random
import time

LARGE = 800_000
COUNT = 540


def encode(data):
    return None if data is None else base64.b64encode(data).decode()


def shown(data):
    """As in what a client prints of a record that it has read."""
    if data is not None and len(data) > 64:
        return "sha256:" + hashlib.sha256(data).hexdigest()
    return encode(data)


def key_of(index):
    if index % 29 == 0:
        return None
    if index % 31 == 0:
        return bytes([0, 255, index % 251])
    return f"customer-{index % 41}".encode()


def value_of(index, chance):
    if index in (100, 250, 400):
        return chance.randbytes(LARGE // 2) + b"abcdefgh" * (LARGE // 16)
    if index % 23 == 0:
        return None
    if index % 19 == 0:
        return b""
    if index % 5 == 0:
        return chance.randbytes(index * 3)
    return json.dumps({"order_id": index, "amount": index / 4, "note": "é" * (index % 90)}).encode()


def headers_of(index):
    """Names that repeat, values that are empty, null or no text."""
    if index % 3 == 0:
        return []
    headers = [["trace", f"t-{index}".encode()]]
    if index % 4 == 0:
        headers.append(["trace", b"again"])
    if index % 5 == 0:
        headers.append(["empty", b""])
    if index % 7 == 0:
        headers.append(["null", None])
    if index % 11 == 0:
        headers.append(["binär", bytes(range(200, 256))])
    return headers


def make():
    chance = random.Random(20)
    begin = int(time.time() * 1000) - 3_600_000
    return [{"k": key_of(index), "v": value_of(index, chance), "h": headers_of(index),
             "t": begin + index * 7} for index in range(COUNT)]


def save(records, path):
    with open(path, "w", encoding="utf-8") as out:
        for each in records:
            headers = [[name, encode(value)] for name, value in each["h"]]
            line = {"k": encode(each["k"]), "v": encode(each["v"]), "h": headers, "t": each["t"]}
            out.write(json.dumps(line) + "\n")


def as_read(record):
    """What a reader prints of this record, without partition and offset."""
    return {"k": shown(record["k"]), "v": shown(record["v"]),
            "h": [[name, shown(value)] for name, value in record["h"]], "t": record["t"]}


def writable(record, traits):
    """What is written of a record by a library with these traits (harness.py)."""
    made = dict(record)
    if "key or value" in traits and made["k"] is None and made["v"] is None:
        made["v"] = b""
    if "no null headers" in traits:
        made["h"] = [each for each in made["h"] if each[1] is not None]
    return made
