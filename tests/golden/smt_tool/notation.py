"""Values, schemas and records in the notation of the cases (README.md)."""


def schema(kind, **more):
    return {"t": kind, **more}


def struct_schema(*fields, **more):
    return schema("STRUCT", fields=[list(each) for each in fields], **more)


def typed(with_schema, value):
    return {"s": with_schema, "v": value}


def plain(value):
    return {"v": value}


def map_of(**fields):
    return {"map": [[{"str": name}, value] for name, value in fields.items()]}


DATE = schema("INT32", name="org.apache.kafka.connect.data.Date", ver=1)
TIME = schema("INT32", name="org.apache.kafka.connect.data.Time", ver=1)
TIMESTAMP = schema("INT64", name="org.apache.kafka.connect.data.Timestamp", ver=1)


def decimal_schema(scale, **more):
    return schema("BYTES", name="org.apache.kafka.connect.data.Decimal", ver=1,
                  params=[["scale", str(scale)]], **more)


def optional(of):
    return {**of, "opt": True}


NOTHING = plain(None)
MOMENT = 1700000000123


def record(value=None, key=None, headers=(), topic="orders", timestamp=MOMENT, offset=42,
           partition=3):
    return {"topic": topic, "partition": partition, "offset": offset, "timestamp": timestamp,
            "key": key or NOTHING, "value": value or NOTHING, "headers": [list(each)
                                                                          for each in headers]}


def step(kind, predicate=None, predicate_options=None, negate=False, **options):
    out = {"type": kind, "options": {name.replace("_", "."): value
                                     for name, value in options.items()}}
    if predicate:
        out.update(predicate=predicate, predicate_options=predicate_options or {}, negate=negate)
    return out


def case(of, *steps):
    return {"steps": list(steps), "record": of}
