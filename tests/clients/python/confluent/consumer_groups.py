"""What members of librdkafka with group.protocol=consumer do and must see (KIP-848): partitions
have one owner at a time, each record is read once, who leaves or is lost makes way, static members
come back, groups of classic members take them in and give them back."""
import select
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

WAIT = 60  # seconds, for anything


class Member:
    """A consumer that refuses a partition which another one of its owners' table still has."""

    def __init__(self, address, group, topics, owners, **options):
        self.owners, self.read = owners, []
        settings = {key.replace("_", "."): value for key, value in options.items()}
        settings.setdefault("group.protocol", "consumer")
        self.consumer = Consumer({"bootstrap.servers": address, "group.id": group,
                                  "auto.offset.reset": "earliest", **settings})
        self.consumer.subscribe(topics, on_assign=self.assigned, on_revoke=self.revoked,
                                on_lost=self.revoked)

    def assigned(self, _, partitions):
        for each in partitions:
            where = (each.topic, each.partition)
            holder = self.owners.setdefault(where, self)
            assert holder is self, f"{where} has two owners"

    def revoked(self, _, partitions):
        for each in partitions:
            if self.owners.get((each.topic, each.partition)) is self:
                del self.owners[(each.topic, each.partition)]

    def poll(self):
        message = self.consumer.poll(0.02)
        if message is not None and not message.error():
            self.read.append((message.topic(), message.partition(), message.offset()))

    @property
    def owned(self):
        return {(each.topic, each.partition) for each in self.consumer.assignment()}

    def close(self):
        self.consumer.close()


class Bench:
    def __init__(self, address):
        self.address = address
        self.admin = AdminClient({"bootstrap.servers": address})

    def create(self, topic, partitions):
        for future in self.admin.create_topics([NewTopic(topic, partitions, 1)]).values():
            future.result(WAIT)

    def write(self, topic, partitions, count):
        producer = Producer({"bootstrap.servers": self.address})
        for number in range(count):
            producer.produce(topic, str(number), partition=number % partitions)
        assert producer.flush(WAIT) == 0

    def member(self, group, topics, owners, **options):
        return Member(self.address, group, topics, owners, **options)

    @staticmethod
    def until(condition, what, *members):
        deadline = time.monotonic() + WAIT
        while not condition():
            assert time.monotonic() < deadline, f"not in time: {what}"
            for each in members:
                each.poll()


def share(bench):
    bench.create("shared", 6)
    bench.write("shared", 6, 600)
    owners = {}
    one = bench.member("share", ["shared"], owners)
    bench.until(lambda: len(one.owned) == 6, "one member owns all", one)
    two = bench.member("share", ["shared"], owners)
    three = bench.member("share", ["shared"], owners, group_remote_assignor="uniform")
    members = (one, two, three)
    bench.until(lambda: all(len(each.owned) == 2 for each in members), "all own a third", *members)
    bench.write("shared", 6, 600)
    bench.until(lambda: sum(len(each.read) for each in members) >= 1200, "all is read", *members)
    everything = sorted(sum((each.read for each in members), []))
    assert len(set(everything)) == len(everything) == 1200, "each record once"
    # Partitions that come are given out.
    for future in bench.admin.create_partitions([NewPartitions("shared", 9)]).values():
        future.result(WAIT)
    bench.until(lambda: all(len(each.owned) == 3 for each in members), "nine are shared", *members)
    two.close()
    bench.until(lambda: len(one.owned | three.owned) == 9, "who is left owns all", one, three)
    one.close()
    three.close()


def goes_on(bench):
    """What was committed, in the member's epoch, is where the next member begins."""
    bench.create("continued", 2)
    bench.write("continued", 2, 100)
    first = bench.member("goes-on", ["continued"], {}, enable_auto_commit=False)
    bench.until(lambda: len(first.read) >= 60, "a part is read", first)
    first.consumer.commit(asynchronous=False)
    first.close()
    second = bench.member("goes-on", ["continued"], {}, enable_auto_commit=False)
    bench.until(lambda: len(first.read) + len(second.read) >= 100, "the rest is read", second)
    assert sorted(first.read + second.read) == sorted(set(first.read + second.read)), "no repeat"
    second.close()


def expressions(bench):
    bench.create("orders-eu", 1)
    bench.create("my-orders-eu", 1)
    member = bench.member("expressions", ["^orders-.*"], {})
    bench.until(lambda: member.owned == {("orders-eu", 0)}, "what matches", member)
    bench.create("orders-us", 1)
    bench.until(lambda: member.owned == {("orders-eu", 0), ("orders-us", 0)}, "and what came",
                member)
    member.close()


def static_members(bench):
    bench.create("static", 4)
    owners = {}
    one = bench.member("static", ["static"], owners, group_instance_id="one")
    two = bench.member("static", ["static"], owners, group_instance_id="two")
    bench.until(lambda: len(one.owned) == len(two.owned) == 2, "both own half", one, two)
    had = two.owned
    two.close()
    back = bench.member("static", ["static"], owners, group_instance_id="two")
    bench.until(lambda: len(back.owned) == 2, "it is back", one, back)
    assert back.owned == had, "it has what it had"
    twin = bench.member("static", ["static"], {}, group_instance_id="two")
    refused = False
    deadline = time.monotonic() + WAIT
    while not refused:
        assert time.monotonic() < deadline, "the twin was not refused"
        one.poll()
        back.poll()
        try:
            message = twin.consumer.poll(0.02)
            refused = message is not None and message.error() is not None
        except KafkaException:
            refused = True
    assert back.owned == had, "and the other keeps what it has"
    for each in (twin, one, back):
        each.close()


def migration(bench):
    """A live group goes over to the new protocol, member by member, and back. Of librdkafka's
    assignors the sticky ones keep data in assignments, which Kafka refuses to lose."""
    bench.create("moving", 6)
    bench.write("moving", 6, 300)
    owners = {}
    classic = {"group_protocol": "classic", "partition_assignment_strategy": "range",
               "session_timeout_ms": 10000, "heartbeat_interval_ms": 500}
    one = bench.member("moving", ["moving"], owners, **classic)
    two = bench.member("moving", ["moving"], owners, **classic)
    bench.until(lambda: len(one.owned) == len(two.owned) == 3, "two classic members", one, two)
    three = bench.member("moving", ["moving"], owners)
    bench.until(lambda: len(one.owned) == len(two.owned) == len(three.owned) == 2,
                "and one of the new protocol", one, two, three)
    bench.write("moving", 6, 300)
    members = [one, two, three]
    bench.until(lambda: sum(len(each.read) for each in members) >= 600, "all is read", *members)
    one.consumer.commit(asynchronous=False)
    three.consumer.commit(asynchronous=False)
    two.close()
    four = bench.member("moving", ["moving"], owners)
    members = [one, three, four]
    bench.until(lambda: all(len(each.owned) == 2 for each in members), "another one", *members)
    one.close()
    bench.until(lambda: len(three.owned) == len(four.owned) == 3, "all are new", three, four)
    # And back.
    five = bench.member("moving", ["moving"], owners, **classic)
    bench.until(lambda: len(five.owned) == 2, "a classic member again", three, four, five)
    three.close()
    four.close()
    bench.until(lambda: len(five.owned) == 6, "and only that", five)
    groups = bench.admin.list_consumer_groups().result(WAIT)
    kinds = {each.group_id: each.type.name for each in groups.valid}
    assert kinds["moving"] == "CLASSIC", kinds
    assert kinds["share"] == "CONSUMER", kinds
    five.close()


def hold(bench, group, topic):
    """A member that reads and commits, until its standard input ends."""
    member = bench.member(group, [topic], {}, client_id="holder", enable_auto_commit=False)
    bench.until(lambda: len(member.read) >= 10, "something is read", member)
    member.consumer.commit(asynchronous=False)
    print("holding", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        member.consumer.poll(0.1)
    member.close()


def main():
    bench = Bench(sys.argv[1])
    if sys.argv[2:]:
        hold(bench, *sys.argv[3:])
        return
    for scene in (share, goes_on, expressions, static_members, migration):
        scene(bench)
        print(f"confluent-kafka: {scene.__name__}", flush=True)


main()
