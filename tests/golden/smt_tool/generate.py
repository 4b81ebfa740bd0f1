"""Writes the cases of tests/golden/data/smt: edge cases by hand, combinations by tables, and chains
from a seed. generate.py DIRECTORY"""
import json
import os
import random
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import converter_cases  # noqa: E402
from notation import (DATE, MOMENT, NOTHING, TIME, TIMESTAMP, case, decimal_schema, map_of,
                      optional,
                      plain, record, schema, step, struct_schema, typed)  # noqa: E402

INT, LONG, TEXT = schema("INT32"), schema("INT64"), schema("STRING")
# One value of each kind, with its schema.
SAMPLES = {
    "bool": (schema("BOOLEAN"), {"bool": True}), "i8": (schema("INT8"), {"i8": -7}),
    "i16": (schema("INT16"), {"i16": 300}), "i32": (INT, {"i32": 70000}),
    "i64": (LONG, {"i64": "5000000000"}), "f32": (schema("FLOAT32"), {"f32": "3.75"}),
    "f64": (schema("FLOAT64"), {"f64": "-1.0E10"}), "str": (TEXT, {"str": "42"}),
    "word": (TEXT, {"str": "abc"}), "true": (TEXT, {"str": "TRUE"}),
    "bytes": (schema("BYTES"), {"bytes": "00ff10"}),
    "dec": (decimal_schema(2), {"dec": ["123456", 2]}),
    "date": (DATE, {"ms": "1699920000000"}), "time": (TIME, {"ms": "3600123"}),
    "ts": (TIMESTAMP, {"ms": str(MOMENT)}), "early": (TIMESTAMP, {"ms": "-62135596800000"}),
    "arr": (schema("ARRAY", i=INT), {"arr": [{"i32": 1}, {"i32": 2}]}),
    "map": (schema("MAP", k=TEXT, i=INT), {"map": [[{"str": "a"}, {"i32": 1}]]}),
    "struct": (struct_schema(("x", INT)), {"struct": [{"i32": 9}]}),
}
ORDER = struct_schema(("id", LONG), ("name", optional(TEXT)), ("card", TEXT),
                      ("price", decimal_schema(2)), ("at", TIMESTAMP),
                      ("count", schema("INT32", default={"i32": 5})),
                      ("note", schema("STRING", opt=True, default={"str": "none"})),
                      name="shop.order", ver=3, doc="an order", params=[["a", "b"]])
FULL = [{"i64": "7"}, {"str": "Ann"}, {"str": "4111"}, {"dec": ["1999", 2]}, {"ms": str(MOMENT)},
        {"i32": 2}, {"str": "hi"}]
GAPS = [{"i64": "7"}, None, {"str": "4111"}, {"dec": ["1999", 2]}, {"ms": str(MOMENT)}, None, None]
ORDERS = [typed(ORDER, {"struct": FULL}), typed(ORDER, {"struct": GAPS}),
          plain(map_of(id={"i64": "7"}, name={"str": "Ann"}, card={"str": "4111"},
                       count={"i32": 2}, note=None)),
          NOTHING, typed(optional(ORDER), None), plain({"str": "text"}), typed(TEXT, {"str": "t"}),
          plain({"map": []}), typed(schema("MAP", k=TEXT, i=INT), {"map": []})]
BOOLEANS = ("true", "false")


def on_orders(*steps):
    for value in ORDERS:
        yield case(record(value, key=typed(LONG, {"i64": "1"}),
                          headers=[("h", plain({"str": "x"}))]),
                   *steps)


def fields_cases():
    for defaults in BOOLEANS:
        more = {"replace_null_with_default": defaults}
        yield from on_orders(step("InsertField$Value", static_field="s", static_value="v", **more))
        yield from on_orders(step("ReplaceField$Value", exclude="card,nothing",
                                  renames="id:key,note:remark", **more))
        yield from on_orders(step("MaskField$Value", fields="card,note,count,missing", **more))
        yield from on_orders(step("ValueToKey", fields="id,note", **more))
        yield from on_orders(step("ExtractField$Value", field="note", **more))
        yield from on_orders(step("SetSchemaMetadata$Value", schema_name="x", schema_version="9",
                                  **more))
        for operation in ("move", "copy"):
            yield from on_orders(step("HeaderFrom$Value", fields="name,note", headers="n,h",
                                      operation=operation, **more))
        yield from on_orders(step("Cast$Value", spec="id:string,count:int8,card:int32", **more))
        yield from on_orders(step("TimestampConverter$Value", field="at", target_type="string",
                                  format="yyyy-MM-dd HH:mm:ss.SSS", **more))
    yield from on_orders(step("InsertField$Value", topic_field="t!", partition_field="p",
                              offset_field="o?", timestamp_field="when"))
    yield from on_orders(step("InsertField$Value", static_field="id", static_value="again"))
    yield from on_orders(step("ReplaceField$Value", include="id,card", renames="card:id"))
    yield from on_orders(step("ReplaceField$Value", include="id,card", exclude="id"))
    yield from on_orders(step("MaskField$Value", fields="id,card,price", replacement="17"))
    yield from on_orders(step("MaskField$Value", fields="id,card,price", replacement="****"))
    yield from on_orders(step("HoistField$Value", field="wrapped"))
    yield from on_orders(step("Flatten$Value"))
    yield from on_orders(step("ValueToKey", fields="id,missing"))
    yield from on_orders(step("ExtractField$Value", field="missing"))
    yield from on_orders(step("HeaderFrom$Value", fields="missing", headers="m", operation="copy"))
    yield from on_orders(step("SetSchemaMetadata$Value", schema_version="2"))
    yield from on_orders(step("Filter", predicate="RecordIsTombstone"))
    yield from on_orders(step("HoistField$Key", field="k"), step("InsertField$Key",
                                                                topic_field="t"))
    for value in ORDERS[:4]:
        source = {"offset": None, "partition": None, "timestamp": None}
        for name in ("topic", "partition", "offset", "timestamp"):
            yield case(record(value, **source),
                       step("InsertField$Value", **{f"{name}_field": "f!"}))


def mask_cases():
    for replacement in (None, "7", "3.9", "1e2", "300", "x", "-0.5"):
        more = {} if replacement is None else {"replacement": replacement}
        for with_schema, value in SAMPLES.values():
            yield case(record(typed(struct_schema(("f", with_schema)), {"struct": [value]})),
                       step("MaskField$Value", fields="f", **more))
        for name in ("i64", "f64", "str", "bool", "arr", "dec"):
            yield case(record(plain(map_of(f=SAMPLES[name][1]))),
                       step("MaskField$Value", fields="f,g", **more))


def cast_cases():
    targets = ("int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string")
    texts = ("+5", "-129", "1.5", "NaN", "1e3", " 8 ", "0x1p3", "Infinity", "", "1f", "true")
    for target in targets:
        for with_schema, value in SAMPLES.values():
            yield case(record(typed(struct_schema(("f", with_schema)), {"struct": [value]})),
                       step("Cast$Value", spec=f"f:{target}"))
            yield case(record(typed(with_schema, value)), step("Cast$Value", spec=target))
        for name in ("i64", "f64", "str", "ts", "dec", "map", "bytes"):
            yield case(record(plain(map_of(f=SAMPLES[name][1]))),
                       step("Cast$Value", spec=f"f:{target},g:{target}"))
        for text in texts:
            yield case(record(plain({"str": text})), step("Cast$Value", spec=target))
        for number in ("1.0E20", "-1.0E20", "NaN", "127.9", "-0.0", "0.001", "1234567.0", "1.0E-5"):
            yield case(record(plain({"f64": number})), step("Cast$Value", spec=target))
    defaulted = struct_schema(("f", schema("INT32", opt=True, default={"i32": 3})))
    yield case(record(typed(defaulted, {"struct": [None]})), step("Cast$Value", spec="f:string"))
    yield case(record(typed(defaulted, {"struct": [None]})),
               step("Cast$Value", spec="f:string", replace_null_with_default="false"))


def timestamp_cases():
    targets = ("string", "unix", "Date", "Time", "Timestamp")
    moments = ("0", "1", "-1", str(MOMENT), "951782400000", "-12219292800001", "253402300799999")
    sources = [(TIMESTAMP, {"ms": each}) for each in moments]
    sources += [(DATE, {"ms": "1699920000000"}), (TIME, {"ms": "3600123"}),
                (LONG, {"i64": str(MOMENT)}), (LONG, {"i64": "-1500"}),
                (TEXT, {"str": "2024-02-29 23:59:58.001"}), (TEXT, {"str": "no date"}),
                (INT, {"i32": 5}), (optional(TIMESTAMP), None)]
    for target in targets:
        for with_schema, value in sources:
            for precision in ("seconds", "microseconds", "nanoseconds", "milliseconds"):
                if precision != "milliseconds" and with_schema not in (LONG, TIMESTAMP):
                    continue
                options = {"target_type": target, "format": "yyyy-MM-dd HH:mm:ss.SSS",
                           "unix_precision": precision}
                yield case(record(typed(with_schema, value)),
                           step("TimestampConverter$Value", **options))
            wrapped = typed(struct_schema(("f", with_schema), ("g", INT)),
                            {"struct": [value, {"i32": 1}]})
            for each in (plain(value), plain(map_of(f=value)), wrapped):
                field = {} if each == plain(value) else {"field": "f"}
                yield case(record(each), step("TimestampConverter$Value", target_type=target,
                                              format="yyyy-MM-dd HH:mm:ss.SSS", **field))


def format_cases():
    patterns = ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "yyyyMMdd", "yyyyMMddHHmmssSSS", "yy-M-d",
                "EEE, dd MMM yyyy HH:mm:ss z", "EEEE MMMM d, y G", "hh:mm a", "KK:mm aa", "kk",
                "D yyyy", "F u", "HH 'o''clock'", "yyyy-MM-dd HH:mm:ss Z", "yyyy-MM-dd X",
                "yyyy-MM-dd XX", "SSSSSS", "''yyyy''", "MMM/dd/yyyy")
    moments = (MOMENT, 0, -1, 951782399999, -12219292800001, -62198755200000)
    texts = {
        "yyyy-MM-dd'T'HH:mm:ss.SSSXXX": ("2024-05-06T07:08:09.010+02:00", "2024-05-06T07:08:09.1Z",
                                         "2024-05-06T07:08:09"),
        "yyyyMMdd": ("20240506", "2024056", "20241345", "20240506tail"),
        "yy-M-d": ("24-5-6", "2024-5-6", "99-12-31", "4-1-1"),
        "EEE, dd MMM yyyy HH:mm:ss z": ("Mon, 06 May 2024 07:08:09 GMT",
                                        "monday, 6 december 2024 7:8:9 EST",
                                        "Mon, 06 Mai 2024 07:08:09 GMT",
                                        "Mon, 06 May 2024 07:08:09 GMT+02:00"),
        "hh:mm a": ("12:30 AM", "12:30 pm", "3:05 PM"), "D yyyy": ("60 2024", "366 2023"),
        "yyyy-MM-dd HH:mm:ss Z": ("2024-05-06 07:08:09 -0330", "2024-02-30 25:61:61 +0000"),
        "yyyyMMddHHmmssSSS": ("20240506070809010",), "kk": ("24", "7"),
        "yyyy G": ("44 BC", "2024 AD"), "yyyy-MM-dd": ("1500-03-01", "1582-10-10", "-5-01-01"),
    }
    for pattern in patterns:
        for moment in moments:
            yield case(record(typed(TIMESTAMP, {"ms": str(moment)})),
                       step("TimestampConverter$Value", target_type="string", format=pattern))
    for pattern, each in texts.items():
        for text in each:
            yield case(record(typed(TEXT, {"str": text})),
                       step("TimestampConverter$Value", target_type="unix", format=pattern))
    for wrong in ("yyyy-bb", "'open", "XXXX"):
        yield case(record(), step("TimestampConverter$Value", target_type="unix", format=wrong))


def topic_cases():
    for pattern, replacement in (("(.*)", "$1-x"), ("ord(.*)", "$1$1"), ("or", "x"),
                                 ("(?<a>o)(r)ders", "${a}-$2"), ("o.*?", "X"), (".*", "\\$1"),
                                 ("(o)(.*)", "$10"), ("orders", "$1"), ("orders", "${x}"),
                                 ("[", "x"), ("(a)|(orders)", "[$1|$2]"), ("(?i)ORDERS", "low")):
        yield case(record(), step("RegexRouter", regex=pattern, replacement=replacement))
    for topic_format in ("${topic}-${timestamp}", "a", "${topic}${topic}", "x.${timestamp}.y"):
        for time_format in ("yyyyMMdd", "yyyy-MM-dd-HH", "EEE"):
            yield case(record(), step("TimestampRouter", topic_format=topic_format,
                                      timestamp_format=time_format))
    yield case(record(timestamp=None), step("TimestampRouter"))
    for pattern in ("orders", "ord", "o.*", "x|orders"):
        for negate in (False, True):
            yield case(record(), step("Filter", predicate="TopicNameMatches",
                                      predicate_options={"pattern": pattern}, negate=negate))
    for name in ("h", "H", "none"):
        yield case(record(headers=[("h", NOTHING)]),
                   step("Filter", predicate="HasHeaderKey", predicate_options={"name": name}))


def header_cases():
    headers = [("a", plain({"str": "1"})), ("b", typed(INT, {"i32": 2})), ("a", NOTHING)]
    for names in ("a", "b,a", "c"):
        yield case(record(headers=headers), step("DropHeaders", headers=names))
    for literal in ("text", "5", "-129", "40000", "3000000000", "1.5", "1e50", "1e400", "0.0",
                    "0.5",
                    "true", "false", "true}", "2024-05-06", "10:11:12.013Z",
                    "2024-05-06T10:11:12.013Z", "[1,2,300]", "[1, 2.5]", '["a","b"]', "[]", "{}",
                    '{"a":1,"b":2}', '{"a":[1,2]}', "[1,", "{a:1}", '["a",1]', "a, b", "12ab", "+7",
                    " padded ", "99999999999999999999", "1.0", "100e-2", '{"x":null}', '"quoted"',
                    "[true,false]", "1,5"):
        yield case(record(headers=headers), step("InsertHeader", header="h", value_literal=literal))


def nested_cases():
    inner = struct_schema(("x", INT), ("y", optional(TEXT)))
    deep = struct_schema(("id", LONG), ("in", inner), ("maybe", optional(inner)),
                         ("list", schema("ARRAY", i=INT)))
    value = {"struct": [{"i64": "1"}, {"struct": [{"i32": 2}, None]}, None, {"arr": []}]}
    maps = plain(map_of(id={"i64": "1"}, a=map_of(b=map_of(c={"str": "deep"}, d=None)),
                        e={"map": []}, **{"x.y": {"i32": 1}}))
    for delimiter in (".", "_", "--"):
        yield case(record(typed(deep, value)), step("Flatten$Value", delimiter=delimiter))
        yield case(record(maps), step("Flatten$Value", delimiter=delimiter))
    with_map = struct_schema(("m", SAMPLES["map"][0]))
    yield case(record(typed(with_map, {"struct": [{"map": []}]})), step("Flatten$Value"))
    for path in ("in.x", "in.y", "maybe.x", "in.none", "id", "id.x", "in", "a.b.c", "a.b",
                 "a.none.c",
                 "`x.y`", "`open", "a.b.", "e.f", "id.z.z"):
        for each in (typed(deep, value), maps):
            yield case(record(each), step("ExtractField$Value", field=path,
                                          field_syntax_version="V2"))
    yield case(record(maps), step("ExtractField$Value", field="x.y"))
    for with_schema, sample in SAMPLES.values():
        wrapped = map_of(o=map_of(f=sample)) if "struct" not in sample else map_of(f=None)
        yield case(record(plain(wrapped)), step("Flatten$Value"))
        yield case(record(typed(with_schema, sample)), step("HoistField$Value", field="f"))
        yield case(record(typed(with_schema, sample)),
                   step("SetSchemaMetadata$Value", schema_name="named"))


def wrong_options():
    for each in (step("InsertField$Value"), step("InsertField$Value", static_field="a"),
                 step("MaskField$Value"), step("MaskField$Value", fields=""),
                 step("MaskField$Value", fields="a", replacement=""),
                 step("ReplaceField$Value", renames="a:b:c"),
                 step("ReplaceField$Value", renames="a"),
                 step("Cast$Value", spec=""), step("Cast$Value", spec="a:int99"),
                 step("Cast$Value", spec="int8,a:int8"), step("Cast$Value", spec="a:bytes"),
                 step("SetSchemaMetadata$Value"),
                 step("SetSchemaMetadata$Value", schema_version="x"),
                 step("HeaderFrom$Value", fields="a,b", headers="c", operation="copy"),
                 step("HeaderFrom$Value", fields="a", headers="c", operation="steal"),
                 step("TimestampConverter$Value", target_type="string"),
                 step("TimestampConverter$Value", target_type="text"),
                 step("ExtractField$Value", field="a", field_syntax_version="V3"),
                 step("RegexRouter", regex="a"), step("ValueToKey", fields="a,,b"),
                 step("DropHeaders", headers=""), step("MaskField$Value", fields="a",
                                                       replace_null_with_default="maybe")):
        yield case(record(), each)


def chains(count, seed=7):
    chance = random.Random(seed)
    steps = [step("InsertField$Value", static_field="s", static_value="v"),
             step("InsertField$Value", topic_field="t", offset_field="o"),
             step("ReplaceField$Value", exclude="card"),
             step("ReplaceField$Value", renames="id:nr"),
             step("MaskField$Value", fields="card,count"), step("HoistField$Value", field="w"),
             step("ExtractField$Value", field="note"), step("Flatten$Value"),
             step("ValueToKey", fields="id"), step("Cast$Value", spec="id:string,count:float64"),
             step("SetSchemaMetadata$Value", schema_name="n"),
             step("HeaderFrom$Value", fields="note", headers="h", operation="move"),
             step("InsertHeader", header="i", value_literal="5"),
             step("DropHeaders", headers="h"),
             step("RegexRouter", regex="(.*)", replacement="$1.x"),
             step("TimestampRouter"),
             step("Filter", predicate="HasHeaderKey", predicate_options={"name": "h"})]
    for _ in range(count):
        yield case(record(chance.choice(ORDERS[:3])), *chance.sample(steps, chance.randint(2, 4)))


def main():
    made = [*fields_cases(), *mask_cases(), *cast_cases(), *timestamp_cases(), *format_cases(),
            *topic_cases(), *header_cases(), *nested_cases(), *wrong_options(), *chains(120)]
    for name, cases in (("transforms", made), ("converters", list(converter_cases.all_cases()))):
        with open(os.path.join(sys.argv[1], f"{name}.jsonl"), "w", encoding="utf-8") as out:
            for each in cases:
                out.write(json.dumps(each, separators=(",", ":"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
