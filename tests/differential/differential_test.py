"""Goal: our node answers as Apache Kafka does: error codes, offsets, epochs, configs, texts.
Method: the scenarios of scenarios.py send the same requests to both, in every version that is
served; what differs by nature (ids, times, addresses) is replaced by its order of appearance; the
answers must be equal but for the known differences (scenarios.is_known), each with its reason."""
import os
import struct
import sys
import time
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../integration"))
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../peers"))
import scenarios  # noqa: E402
import transaction_scenarios  # noqa: E402
from kafka_node import KafkaNode  # noqa: E402
from messages import decode_response, encode_request  # noqa: E402
from node import Node, wait_for  # noqa: E402
from wire import Connection  # noqa: E402


# Every request, with Kafka's answer.
TRACE = "--trace" in sys.argv


class Broker:
    """One of the two, with what it has answered so far."""

    def __init__(self, name, node):
        self.name, self.node = name, node
        self.connections = {}
        self.known = {}  # kind of id -> value -> symbol
        self.memory = {}  # what a scenario keeps: topic ids, member ids

    def send(self, api, version, body, connection="main"):
        """The response; "closed" when the broker ended the connection. What a broker does a moment
        after its answer (a leader is elected, a coordinator loads) is waited for."""
        deadline = time.monotonic() + 20
        while True:
            answer = self._send_once(api, version, body, connection)
            if not is_unready(answer) or time.monotonic() > deadline:
                break
        if api in scenarios.CHANGE_TOPICS:
            dry = body.get("validate_only", False)
            self._settle({} if dry else answer, api == "delete_topics")
        return answer

    def _send_once(self, api, version, body, connection):
        if connection not in self.connections:
            self.connections[connection] = Connection(self.node.port, timeout=20)
        link = self.connections[connection]
        link.send(encode_request(api, version, 7, body))
        data = link.receive()
        if data is None:
            del self.connections[connection]
            return "closed"
        return decode_response(api, version, data)

    def _settle(self, answer, gone):
        """Waits until the topics of an answer are seen by the broker as the controller has them."""
        changed = next((each for key, each in answer.items() if isinstance(each, list)), [])
        for topic in changed:
            if topic["error_code"] != 0 or not topic["name"]:
                continue

            def settled(name=topic["name"]):
                ask = {"topics": [{"name": name}], "allow_auto_topic_creation": False}
                found = self._send_once("metadata", 9, ask, "side")["topics"][0]
                if gone:
                    return found["error_code"] == 3
                return found["error_code"] == 0 and all(each["error_code"] == 0
                                                        for each in found["partitions"])

            wait_for(settled, 20, f"{topic['name']} has settled")

    def symbol(self, kind, value):
        named = self.known.setdefault(kind, {})
        return named.setdefault(value, f"{kind}-{len(named)}")

    def normal(self, value, name=""):
        """The answer without what differs by nature."""
        if isinstance(value, dict):
            if value.get("error_code"):  # an id of nobody
                value = {key: each for key, each in value.items() if key != "producer_id"}
            return {key: self.normal(each, key) for key, each in value.items()
                    if key not in scenarios.IGNORED}
        if isinstance(value, list):
            items = [self.normal(each, name) for each in value]
            return sorted(items, key=repr) if name in scenarios.UNORDERED else items
        if isinstance(value, uuid.UUID):
            return self.symbol("uuid", value) if value.int else "zero"
        if name in scenarios.SYMBOLS and value not in ("", None, -1):
            return self.symbol(scenarios.SYMBOLS[name], value)
        if name in scenarios.TIMES:
            return "some time" if value >= 0 else value
        if isinstance(value, str):
            for each in self.memory.values():
                if isinstance(each, str) and each:
                    value = value.replace(each, "<id>")
        if isinstance(value, bytes) and name == "records":
            return records_of(value)
        return value


def is_unready(answer):
    """Whether a coordinator says that it is loading or moving (14, 15, 16)."""
    if isinstance(answer, dict):
        return any(each in (14, 15, 16) if key.endswith("error_code") else is_unready(each)
                   for key, each in answer.items())
    return isinstance(answer, list) and any(is_unready(each) for each in answer)


def records_of(data):
    """Offsets, counts and attributes of the batches."""
    found, at = [], 0
    while at + 61 <= len(data):
        base, length, epoch, magic, _, attributes, delta = struct.unpack_from(">qiibIhi", data, at)
        count = struct.unpack_from(">i", data, at + 57)[0]
        found.append((base, length, epoch, magic, attributes, delta, count))
        at += 12 + length
    return found


def differences(path, ours, theirs):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(set(ours) | set(theirs)):
            yield from differences(f"{path}.{key}", ours.get(key, "absent"),
                                   theirs.get(key, "absent"))
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs)):
            yield from differences(f"{path}[{index}]", one, other)
    elif ours != theirs:
        yield path, ours, theirs


def unknown_differences(scenario, api, normal):
    return [each for each in differences("", *normal)
            if not scenarios.is_known(scenario.__name__, api, *each)]


def compare(brokers, scenario):
    failures = []
    for broker in brokers:
        broker.known = {"producer": broker.known.get("producer", {})}
        broker.memory.clear()
    steps = [scenario(broker) for broker in brokers]
    asked = [next(each) for each in steps]
    while True:
        api, version = asked[0][:2]
        deadline = time.monotonic() + 3
        while True:
            answers = [broker.send(*request) for broker, request in zip(brokers, asked)]
            normal = [broker.normal(answer) for broker, answer in zip(brokers, answers)]
            if TRACE:
                print(f"  {api} v{version} {asked[0][2]}\n    {normal[1]}")
            found = unknown_differences(scenario, api, normal)
            # What only reads is asked again: Kafka applies some changes after their answer.
            if not found or not api.startswith(("describe", "list")) or (
                    time.monotonic() > deadline):
                break
        failures += [f"{scenario.__name__}: {api} v{version}{path}: Weir {ours!r}, Kafka {theirs!r}"
                     f"\n    to {asked[0][2]}" for path, ours, theirs in found]
        try:
            asked = [step.send(answer) for step, answer in zip(steps, answers)]
        except StopIteration:
            return failures


def chosen(names):
    """All scenarios, or those of these names; `transactions_N` is that of any seed N."""
    known = {each.__name__: each for each in scenarios.ALL}
    return [known.get(name) or transaction_scenarios.seeded(int(name.rpartition("_")[2]))
            for name in names or known]


def main():
    # A group's target assignment is made at once, not up to a second later.
    options = {"group_consumer_assignment_interval_ms": "0"}
    with Node(cluster_id="4L6g3nShT-eMCtK--X86sw", **options) as node, (
            KafkaNode(**options)) as kafka:
        brokers = [Broker("Weir", node), Broker("Kafka", kafka)]
        failures = []
        for scenario in chosen([each for each in sys.argv[1:] if each != "--trace"]):
            found = compare(brokers, scenario)
            print(f"{scenario.__name__}: {len(found)} differences", *found, sep="\n  ", flush=True)
            failures += found
        assert not failures, f"{len(failures)} differences"
        node.stop()


if __name__ == "__main__":
    main()
