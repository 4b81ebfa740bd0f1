"""Cases of the JSON converter: bytes to values and values to bytes, with and without schemas."""
import json

from notation import (DATE, TIME, TIMESTAMP, decimal_schema, map_of, optional, plain, schema,
                      struct_schema, typed)

INT, LONG, TEXT = schema("INT32"), schema("INT64"), schema("STRING")
DOCUMENTS = ("null", "5", "-0", "1.5", "1e3", "12345678901234567890", "true", '"a\\u00e9\\n"', "[]",
             "{}", '{"a":1,"b":[true,null,{"c":"d"}],"e":0.1}', "007", "[1,2", "nope", "", "  ",
             '{"a":1,"a":2}', "1e400", "9223372036854775807", "-9223372036854775808", "[1.0,100.0]")
TYPES = ("boolean", "int8", "int16", "int32", "int64", "float", "double", "bytes", "string")
PAYLOADS = ("null", "true", "5", "300", "5000000000", "99999999999999999999", "1.5", '"AQID"',
            '"a b"', "[]", "{}")


def from_bytes(text, **options):
    return {"converter": options, "bytes": text}


def to_bytes(value, **options):
    return {"converter": options, "value": value}


def envelope(of, payload):
    return json.dumps({"schema": of}, separators=(",", ":"))[:-1] + ',"payload":' + payload + "}"


def reading():
    for document in DOCUMENTS:
        yield from_bytes(document, **{"schemas.enable": "false"})
        yield from_bytes(document)
        yield from_bytes('{"schema":null,"payload":' + (document or "1") + "}")
    for name in TYPES:
        for payload in PAYLOADS:
            yield from_bytes(envelope({"type": name}, payload))
        yield from_bytes(envelope({"type": name, "optional": True}, "null"))
    connect = "org.apache.kafka.connect.data."
    for name, kind in (("Date", "int32"), ("Time", "int32"), ("Timestamp", "int64"),
                       ("Decimal", "bytes")):
        for payload in (*PAYLOADS, "-1", "86400000", "86400001", "12.340", '"BNI="'):
            parameters = {"parameters": {"scale": "2"}} if name == "Decimal" else {}
            yield from_bytes(envelope({"type": kind, "name": connect + name, "version": 1,
                                       **parameters}, payload))
    fields = [{"type": "int32", "field": "a", "optional": False, "doc": "first"},
              {"type": "string", "field": "b", "optional": True, "default": "x"},
              {"type": "array", "items": {"type": "int64"}, "optional": True, "field": "c"},
              {"type": "map", "keys": {"type": "string"}, "values": {"type": "double"},
               "optional": True, "field": "d"},
              {"type": "map", "keys": {"type": "int32"}, "values": {"type": "string"},
               "optional": True, "field": "e"}]
    outer = {"type": "struct", "name": "n", "version": 4, "fields": fields}
    for payload in ('{"a":1}', '{"b":"y","a":1,"c":[1,2],"d":{"k":1.5},"e":[[1,"one"]]}', "{}",
                    "[]",
                    '{"a":1,"b":null}', '{"a":1,"c":[null]}', '{"a":1,"d":[]}', '{"a":1,"e":[[1]]}',
                    '{"a":1,"e":{}}', '{"a":1,"e":[1]}', '{"a":"text","unknown":2}', "null"):
        yield from_bytes(envelope(outer, payload))
        yield from_bytes(envelope(outer, payload), **{"replace.null.with.default": "false"})
    for wrong in ({}, {"type": "none"}, {"type": "array"}, {"type": "map"}, {"type": "struct"},
                  {"type": "struct", "fields": [{"type": "int32"}]}, {"type": 5}, [], "x",
                  {"type": "map", "keys": {"type": "string"}},
                  {"type": "string", "parameters": {"a": 1}}):
        yield from_bytes(envelope(wrong, "{}"))
    yield from_bytes('{"schema":{"type":"int32"},"payload":1,"more":2}')
    yield from_bytes('{"payload":1}')


def values():
    yield from ((kind, value) for kind, value in (
        (schema("BOOLEAN"), {"bool": False}), (schema("INT8"), {"i8": -128}),
        (schema("INT16"), {"i16": 5}), (INT, {"i32": 7}), (LONG, {"i64": "9007199254740993"}),
        (schema("FLOAT32"), {"f32": "0.1"}), (schema("FLOAT64"), {"f64": "1.0E-7"}),
        (schema("FLOAT64"), {"f64": "NaN"}), (schema("FLOAT64"), {"f64": "-Infinity"}),
        (TEXT, {"str": "q\"\\\b\f\n\r\t\u0001\u001f\u007fé漢/"}),
        (schema("BYTES"), {"bytes": "00ff"}),
        (decimal_schema(2), {"dec": ["-12345", 2]}), (decimal_schema(-3), {"dec": ["5", -3]}),
        (decimal_schema(2), {"dec": ["1", 3]}),
        (decimal_schema(10), {"dec": ["123456789012345678901234567890", 10]}),
        (DATE, {"ms": "1699920000000"}), (TIME, {"ms": "1"}), (TIMESTAMP, {"ms": "-1"}),
        (schema("ARRAY", i=INT), {"arr": [{"i32": 1}]}), (schema("ARRAY", i=optional(INT)),
                                                          {"arr": [None]}),
        (schema("MAP", k=TEXT, i=INT), {"map": [[{"str": "k"}, {"i32": 1}]]}),
        (schema("MAP", k=INT, i=TEXT), {"map": [[{"i32": 1}, {"str": "v"}]]}),
        (optional(TEXT), None), (schema("STRING", opt=True, default={"str": "d"}), None),
        (struct_schema(("a", INT), ("b", schema("STRING", opt=True, default={"str": "x"})),
                       ("c", optional(DATE)), name="n", ver=2, doc="d", params=[["p", "q"]]),
         {"struct": [{"i32": 1}, None, None]})))


def writing():
    for kind, value in values():
        for options in ({}, {"schemas.enable": "false"}, {"decimal.format": "numeric"},
                        {"schemas.enable": "false", "replace.null.with.default": "false"}):
            yield to_bytes(typed(kind, value), **options)
    for value in (None, {"str": "x"}, {"i64": "5"}, {"f64": "100.0"}, {"bytes": "ff"}, {"arr": []},
                  map_of(a=None, b={"bool": True}), {"map": [[{"i32": 1}, {"str": "v"}]]}):
        yield to_bytes(plain(value), **{"schemas.enable": "false"})
        yield to_bytes(plain(value))


def all_cases():
    yield from reading()
    yield from writing()
