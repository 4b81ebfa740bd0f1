"""Kafka's messages for Python, out of the schema files of broker/protocol/schema (its README has
the notation): encode and decode of dictionaries. Written apart from the generated C++ codec, so
that the two are checks of each other. Fields that are left out have their default."""
import os
import re
import struct
import uuid

SCHEMAS = os.path.join(os.path.dirname(__file__), "../../broker/protocol/schema")
FIXED = {"bool": ">?", "int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I",
         "int64": ">q", "float64": ">d"}


def span(text, last):
    """"3", "3+", "3-5" as a range of versions."""
    if text.endswith("+"):
        return range(int(text[:-1]), last + 1)
    first, _, end = text.partition("-")
    return range(int(first), int(end or first) + 1)


class Field:
    def __init__(self, text, versions):
        name, _, rest = text.partition(":")
        parts = [part.strip() for part in rest.split(",")]
        self.name = name.strip()
        kind = parts[0].split(" as ")[0].strip()
        self.array = kind.startswith("[")
        self.kind = kind.strip("[]").split(" as ")[0].strip()
        self.fields = None
        self.versions, self.nulls = versions, range(0)
        self.tag, self.plain, self.default = None, False, None
        for part in parts[1:]:
            self._take(part, versions.stop - 1)

    def _take(self, part, last):
        word, _, rest = part.partition(" ")
        if re.match(r"^\d", word):
            self.versions = span(word, last)
        elif word == "null":
            self.nulls = span(rest, last) if rest else range(0, last + 1)
        elif word == "tag":
            self.tag = int(rest)
        elif word == "plain":
            self.plain = True
        elif word == "default":
            self.default = rest

    def initial(self):
        if self.default == "null":
            return None
        if self.array:
            return []
        if self.kind == "bool":
            return self.default == "true"
        if self.kind in FIXED:
            number = self.default or "0"
            return float(number) if self.kind == "float64" else int(number, 0)
        if self.kind in ("bytes", "records"):
            return b""
        if self.kind == "uuid":
            return uuid.UUID(int=0)
        if self.fields is not None:
            return {}
        return self.default.strip('"') if self.default else ""


class Message:
    def __init__(self, versions, flexible):
        self.versions, self.flexible, self.fields = versions, flexible, []


def parse(path):
    """(key, {"request": Message, "response": Message}) of a schema file."""
    with open(path, encoding="utf-8") as text:
        lines = [line.split("#")[0].rstrip() for line in text]
    lines = [line for line in lines if line.strip()]
    key = int(lines[0].split()[1]) if lines[0].startswith("api") else None
    messages, named, stack = {}, {}, []
    for line in lines[1:]:
        depth = (len(line) - len(line.lstrip())) // 4
        body = line.strip()
        if depth == 0:
            head = re.match(r"(\w+) versions? ([\d+-]+)(?:, flexible (\d+)\+)?", body)
            message = Message(span(head[2], 0), int(head[3]) if head[3] else 1 << 30)
            messages[head[1]] = message
            stack, named = [message.fields], {}
            continue
        del stack[depth:]
        if body.startswith("struct "):
            inside = named.setdefault(body.split()[1], [])
            stack.append(inside)
            continue
        field = Field(body, message.versions)
        stack[-1].append(field)
        if field.kind not in FIXED and field.kind not in ("string", "bytes", "records", "uuid"):
            field.fields = named.setdefault(field.kind, [])
            stack.append(field.fields)
    return key, messages


def load():
    found = {}
    for name in sorted(os.listdir(SCHEMAS)):
        match = re.match(r"(\d+)_(\w+)\.schema$", name)
        if match:
            found[match[2]] = parse(os.path.join(SCHEMAS, name))
    return found


APIS = load()


class Writer:
    def __init__(self, version, flexible):
        self.out, self.version, self.flexible = bytearray(), version, flexible

    def varint(self, value):
        while value > 0x7F:
            self.out.append(value & 0x7F | 0x80)
            value >>= 7
        self.out.append(value)

    def length(self, size, wide, plain=False):
        if self.flexible and not plain:
            self.varint(0 if size is None else size + 1)
        else:
            self.out += struct.pack(">i" if wide else ">h", -1 if size is None else size)

    def value(self, field, value):
        if field.array:
            self.length(None if value is None else len(value), True)
            for each in value or []:
                self.single(field, each)
        else:
            self.single(field, value)

    def single(self, field, value):
        if field.kind in FIXED:
            self.out += struct.pack(FIXED[field.kind], value)
        elif field.kind == "uuid":
            self.out += value.bytes
        elif field.kind == "string":
            data = None if value is None else value.encode()
            self.length(None if data is None else len(data), False, field.plain)
            self.out += data or b""
        elif field.kind in ("bytes", "records"):
            self.length(None if value is None else len(value), True)
            self.out += value or b""
        elif not field.array and self.version in field.nulls:
            self.out.append(0xFF if value is None else 1)
            if value is not None:
                self.struct(field.fields, value)
        else:
            self.struct(field.fields, value)

    def struct(self, fields, values):
        unknown = set(values) - {field.name for field in fields}
        assert not unknown, f"no such fields: {unknown}"
        tagged = []
        for field in fields:
            if self.version not in field.versions:
                continue
            value = values.get(field.name, field.initial())
            if field.tag is None:
                self.value(field, value)
            elif field.name in values:
                tagged.append((field.tag, field, value))
        if not self.flexible:
            return
        self.varint(len(tagged))
        for tag, field, value in sorted(tagged, key=lambda each: each[0]):
            inner = Writer(self.version, True)
            inner.value(field, value)
            self.varint(tag)
            self.varint(len(inner.out))
            self.out += inner.out


class Reader:
    def __init__(self, data, version, flexible):
        self.data, self.at, self.version, self.flexible = data, 0, version, flexible

    def take(self, count):
        piece = self.data[self.at:self.at + count]
        assert len(piece) == count, "the response is cut short"
        self.at += count
        return piece

    def varint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def length(self, wide, plain=False):
        if self.flexible and not plain:
            return self.varint() - 1
        return struct.unpack(">i", self.take(4))[0] if wide else struct.unpack(">h",
                                                                               self.take(2))[0]

    def value(self, field):
        if not field.array:
            return self.single(field)
        count = self.length(True)
        return None if count < 0 else [self.single(field) for _ in range(count)]

    def single(self, field):
        if field.kind in FIXED:
            form = FIXED[field.kind]
            return struct.unpack(form, self.take(struct.calcsize(form)))[0]
        if field.kind == "uuid":
            return uuid.UUID(bytes=self.take(16))
        if field.kind in ("string", "bytes", "records"):
            size = self.length(field.kind != "string", field.plain)
            if size < 0:
                return None
            data = self.take(size)
            return data.decode() if field.kind == "string" else data
        if not field.array and self.version in field.nulls and self.take(1)[0] == 0xFF:
            return None
        return self.struct(field.fields)

    def struct(self, fields):
        values = {}
        for field in fields:
            if self.version not in field.versions:
                continue
            values[field.name] = field.initial() if field.tag is not None else self.value(field)
        if self.flexible:
            tags = {field.tag: field for field in fields if field.tag is not None}
            for _ in range(self.varint()):
                tag, size = self.varint(), self.varint()
                inner = Reader(self.take(size), self.version, True)
                values[tags[tag].name if tag in tags else f"tag {tag}"] = (
                    inner.value(tags[tag]) if tag in tags else inner.data)
        return values


def encode_request(name, version, correlation, body, client="differential"):
    key, messages = APIS[name]
    flexible = version >= messages["request"].flexible
    header = struct.pack(">hhi", key, version, correlation)
    header += struct.pack(">h", len(client)) + client.encode() + (b"\0" if flexible else b"")
    writer = Writer(version, flexible)
    writer.struct(messages["request"].fields, body)
    return header + bytes(writer.out)


def decode_response(name, version, data):
    """The response as a dictionary; the correlation id is under "correlation_id"."""
    response = APIS[name][1]["response"]
    flexible = version >= response.flexible
    reader = Reader(data, version, flexible)
    correlation = struct.unpack(">i", reader.take(4))[0]
    if flexible and name != "api_versions":
        assert reader.varint() == 0
    values = reader.struct(response.fields)
    assert reader.at == len(data), f"{len(data) - reader.at} bytes too many in {name} v{version}"
    return {"correlation_id": correlation, **values}
