"""Goal: kill -9 at any moment takes back nothing that was acknowledged: offsets that groups
committed and groups that were deleted, topics that were created and deleted, records that were
deleted; and it leaves nothing behind. Method: clients do all of that at once, the node is killed at
a random point and started again, and everything acknowledged is asked for; what was under way may
have happened or not."""
import os
import random
import sys
import threading
import time

from node import Node, wait_for
from raw_client import RawClient, batch

CYCLES = int(sys.argv[1]) if len(sys.argv) > 1 else 25
DELETED = -1


class Worker(threading.Thread):
    """Does one step after the other on a connection of its own until the node is gone."""

    def __init__(self, node, chance):
        super().__init__()
        self.client = RawClient(node.port)
        self.chance = random.Random(chance.random())
        self.steps = 0
        self.failure = None

    def run(self):
        try:
            while True:
                self.step()
                self.steps += 1
        except (OSError, AssertionError) as error:
            # A connection that ends is what is waited for; a wrong answer is not.
            gone = isinstance(error, OSError) or "connection was closed" in str(error)
            self.failure = None if gone else error
        self.client.close()

    def step(self):
        raise NotImplementedError


class Groups(Worker):
    """Commits ever higher offsets, and deletes groups. `state`: (group, partition) -> what was
    acknowledged; `asked` -> what was asked for last."""

    def __init__(self, node, chance, prefix, state, asked):
        super().__init__(node, chance)
        self.prefix, self.state, self.asked = prefix, state, asked

    def step(self):
        group = f"{self.prefix}-{self.chance.randrange(6)}"
        partition = self.chance.randrange(3)
        key = (group, partition)
        if self.chance.random() < 0.05:
            before = [each for each in self.state if each[0] == group]
            for each in before:
                self.asked[each] = DELETED
            error = self.client.delete_groups([group])[group]
            assert error in (0, 69), error
            for each in before:
                self.state[each] = DELETED
            return
        offset = max(self.state.get(key, 0), self.asked.get(key, 0), 0) + 1
        self.asked[key] = offset
        error = self.client.commit(group, "log", partition, offset, "x" * 50)
        assert error == 0, error
        self.state[key] = offset


def check_groups(client, state, asked):
    for (group, partition), acknowledged in state.items():
        error, found = client.committed(group, "log", partition)
        allowed = {acknowledged, asked[(group, partition)]}
        assert error == 0 and found in allowed, (group, partition, found, allowed)
        state[(group, partition)] = asked[(group, partition)] = found
    return len(state)


class Topics(Worker):
    """Creates and deletes topics; the names come again. `state`: name -> partitions, 0 for none."""

    def __init__(self, node, chance, prefix, state, asked):
        super().__init__(node, chance)
        self.prefix, self.state, self.asked = prefix, state, asked

    def step(self):
        name = f"{self.prefix}-{self.chance.randrange(8)}"
        wanted = 0 if self.state.get(name) else self.chance.randrange(1, 6)
        self.asked[name] = wanted
        if wanted:
            answer = self.client.create_topics({name: wanted})
        else:
            answer = self.client.delete_topics([name])
        assert answer == {name: 0}, answer
        self.state[name] = wanted
        if wanted and self.chance.random() < 0.5:
            assert self.client.produce(name, 0, batch([name.encode()])) == (0, 0)


def check_topics(node, client, state, asked):
    there = client.topic_names()
    for name in asked:
        acknowledged = state.get(name, 0)
        found = there.get(name, 0)
        assert found in (acknowledged, asked[name]), (name, found, acknowledged, asked[name])
        state[name] = asked[name] = found
    ghosts = [name for name in there if name not in asked
              and name not in ("log", "kept", "__consumer_offsets")]
    assert not ghosts, ghosts
    for name, partitions in state.items():
        for partition in range(partitions):
            assert client.produce(name, partition, batch([b"here"]))[0] == 0, (name, partition)

    def directories_fit():
        wanted = {f"{name}-{partition}" for name, count in there.items()
                  for partition in range(count)} | {"__cluster_metadata-0"}
        return {each.name for each in os.scandir(node.data) if each.is_dir()} == wanted

    wait_for(directories_fit, 20, "the directories are those of the topics, no more and no less")
    return len(there)


class Records(Worker):
    """Writes, and deletes from the front, in a topic whose retention deletes too."""

    def __init__(self, node, chance, written, starts):
        super().__init__(node, chance)
        self.written, self.starts = written, starts

    def step(self):
        value = b"%d " % len(self.written) * self.chance.randrange(1, 20000)
        error, offset = self.client.produce("kept", 0, batch([value]))
        assert error == 0, error
        self.written[offset] = value
        if self.chance.random() < 0.2:
            _, earliest = self.client.list_offset("kept", 0, -2)
            wanted = self.chance.randint(earliest, offset)
            error, low = self.client.delete_records("kept", 0, wanted)
            assert error == 0 and low >= wanted, (error, low, wanted)
            self.starts.append(low)


def check_records(client, written, starts):
    error, earliest = client.list_offset("kept", 0, -2)
    assert error == 0 and earliest >= max(starts, default=0), (earliest, max(starts, default=0))
    found = dict(client.read_all("kept", 0, earliest))
    missing = [offset for offset, value in written.items()
               if offset >= earliest and found.get(offset) != value]
    assert not missing, f"{len(missing)} records are gone or changed, first {missing[0]}"
    expected = range(earliest, earliest + len(found))
    assert sorted(found) == list(expected), "offsets have a hole"
    for offset in list(written):
        if offset < earliest:
            del written[offset]
    return earliest


def self_test():
    """A check that cannot fail proves nothing."""
    class Answers:
        def __init__(self, **answers):
            self.__dict__.update(answers)

    lies = (
        lambda: check_groups(Answers(committed=lambda *_: (0, 4)), {("g", 0): 5}, {("g", 0): 6}),
        lambda: check_groups(Answers(committed=lambda *_: (0, 4)), {("g", 0): DELETED},
                             {("g", 0): DELETED}),
        lambda: check_topics(None, Answers(topic_names=lambda: {}), {"t": 2}, {"t": 2}),
        lambda: check_topics(None, Answers(topic_names=lambda: {"t": 2}), {"t": 0}, {"t": 0}),
        lambda: check_topics(None, Answers(topic_names=lambda: {"ghost": 1}), {}, {}),
        lambda: check_records(Answers(list_offset=lambda *_: (0, 1)), {}, [2]),
        lambda: check_records(Answers(list_offset=lambda *_: (0, 0), read_all=lambda *_: []),
                              {0: b"x"}, []),
    )
    for number, lie in enumerate(lies):
        try:
            lie()
        except AssertionError:
            continue
        raise SystemExit(f"the checks do not notice planted fault {number}")


def one_cycle(node, chance, known):
    workers = [Groups(node, chance, f"g{index}", *known["groups"]) for index in range(3)]
    workers += [Topics(node, chance, f"t{index}", *known["topics"]) for index in range(2)]
    workers += [Records(node, chance, *known["records"])]
    for each in workers:
        each.start()
    end = time.monotonic() + 0.05 + chance.random() * 0.4
    wait_for(lambda: time.monotonic() > end and all(each.steps for each in workers), 20,
             "every client has done something")
    node.kill()
    for each in workers:
        each.join()
        if each.failure:
            raise each.failure
    node.start()
    client = RawClient(node.port)
    counts = (check_groups(client, *known["groups"]), check_topics(node, client, *known["topics"]),
              check_records(client, *known["records"]))
    client.close()
    return counts, sum(each.steps for each in workers)


def main():
    self_test()
    seed = int.from_bytes(random.randbytes(4), "big")
    print(f"seed {seed}")
    chance = random.Random(seed)
    known = {"groups": ({}, {}), "topics": ({}, {}), "records": ({}, [])}
    steps = 0
    with Node(offsets_topic_num_partitions="5", log_retention_check_interval_ms="50") as node:
        client = RawClient(node.port)
        client.create_topics({"log": 3})
        client.create_topics({"kept": 1}, configs=[("segment.bytes", "1048576"),
                                                   ("retention.bytes", "3000000"),
                                                   ("retention.ms", "-1"),
                                                   ("file.delete.delay.ms", "0")])
        wait_for(lambda: client.find_coordinator("g0-0") == 0, 20, "a coordinator")
        client.close()
        for _ in range(CYCLES):
            counts, done = one_cycle(node, chance, known)
            steps += done
        assert counts[2] > 0, "nothing was deleted"
        print(f"{CYCLES} crashes, {steps} changes acknowledged, none lost; {counts[0]} offsets, "
              f"{counts[1]} topics, first record {counts[2]}")
        node.stop()


main()
