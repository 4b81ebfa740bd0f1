"""What kafka-python and aiokafka do and check, each in its own way: a client has create, write,
read, join and admin, and writable: what it can write of a record; a member of a group has next,
owned, commit and close."""
import sys
import time

from records_file import CODECS, check, load, print_read

PARTITIONS = 3
WAIT = 60  # seconds, for anything


def with_key_or_value(record):
    return {**record, "v": b""} if record["k"] is None and record["v"] is None else record


def until(done, what):
    deadline = time.monotonic() + WAIT
    while not done():
        assert time.monotonic() < deadline, f"not in time: {what}"


def collect(member, count):
    found = []

    def enough():
        found.extend(member.next(0.1))
        return len(found) >= count

    until(enough, f"{count} records")
    return found


def places_of(read):
    return [each[:2] for each in read]


def continues(client, topic, records):
    """Commit, close, open again: the group goes on where it was."""
    first = client.join("first", f"{topic}-group", topic)
    begun = collect(first, 200)
    first.commit()
    first.close()
    second = client.join("second", f"{topic}-group", topic)
    rest = collect(second, len(records) - len(begun))
    assert second.next(1) == [], "more comes"
    second.commit()
    second.close()
    assert len(set(places_of(begun + rest))) == len(records), "a record was read twice"


def share(client, topic, records):
    """Two members: each partition has exactly one owner, and each record one reader."""
    one = client.join("one", f"{topic}-shared", topic)
    collect(one, len(records))
    one.commit()
    other = client.join("other", f"{topic}-shared", topic)

    def both_own():
        assert one.next(0.05) == other.next(0.05) == [], "what was committed comes again"
        owned = one.owned(), other.owned()
        return all(owned) and sorted(owned[0] + owned[1]) == list(range(PARTITIONS))

    until(both_own, "both own a part")
    written = client.write(records[:90], topic, "none")
    read = []

    def all_read():
        for each in (one, other):
            found = places_of(each.next(0.05))
            assert {partition for partition, _ in found} <= set(each.owned()), "not the owner"
            read.extend(found)
        return len(read) >= len(written)

    until(all_read, "all is read")
    assert sorted(read) == sorted(written)
    other.close()
    until(lambda: one.next(0.05) == [] and len(one.owned()) == PARTITIONS, "who is left owns all")
    one.close()


def main(name, client_of):
    verb, address, *rest = sys.argv[1:]
    client = client_of(address)
    if verb == "scenario":
        records = [client.writable(each) for each in load(rest[0])]
        for codec in CODECS:
            topic = f"{rest[1]}-{codec}"
            client.create(topic, PARTITIONS)
            places = client.write(records, topic, codec)
            check(sorted(client.read(topic), key=lambda each: each[:2]), records, places)
        continues(client, f"{rest[1]}-none", records)
        share(client, f"{rest[1]}-gzip", records)
        client.admin(f"{rest[1]}-none", f"{rest[1]}-none-group", records)
        print(f"{name}: the scenario is done")
    elif verb == "write":
        records = [client.writable(each) for each in load(rest[0])]
        client.write(records, rest[1], rest[2])
    else:
        for topic in rest:
            print_read(topic, client.read(topic))
    client.close()
