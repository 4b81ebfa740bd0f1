"""A transactional client of raw requests: it does what no library does, and shows every error."""
import os
import sys

from node import wait_for
from wire import Connection

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../differential"))
from batches import batch  # noqa: E402
from messages import decode_response, encode_request  # noqa: E402

TRANSACTIONAL = 0x10


class TransactionClient:
    """A producer is (producer id, epoch)."""

    def __init__(self, port):
        self.link = Connection(port, 30)

    def ask(self, api, version, **body):
        self.link.send(encode_request(api, version, 7, body))
        return decode_response(api, version, self.link.receive())

    def create(self, name, partitions):
        answer = self.ask("create_topics", 7, topics=[
            {"name": name, "num_partitions": partitions, "replication_factor": 1}],
            timeout_ms=10000)
        assert answer["topics"][0]["error_code"] == 0, answer

    def init(self, name):
        """(producer id, epoch), after what is in the way has ended."""
        self.ask("find_coordinator", 4, key_type=1, coordinator_keys=[name])
        found = []

        def taken():
            answer = self.ask("init_producer_id", 4, transactional_id=name,
                              transaction_timeout_ms=60000)
            found[:] = [answer]
            return answer["error_code"] not in (14, 15, 16, 51)

        wait_for(taken, 20, f"{name} has a producer id")
        assert found[0]["error_code"] == 0, found
        return found[0]["producer_id"], found[0]["producer_epoch"]

    def add(self, name, producer, topic, partition):
        answer = self.ask(
            "add_partitions_to_txn", 3, v3_and_below_transactional_id=name,
            v3_and_below_producer_id=producer[0], v3_and_below_producer_epoch=producer[1],
            v3_and_below_topics=[{"name": topic, "partitions": [partition]}])
        return answer["results_by_topic_v3_and_below"][0]["results_by_partition"][0][
            "partition_error_code"]

    def produce(self, name, producer, topic, partition, version=11):
        data = batch([b"v"], producer=(*producer, 0), attributes=TRANSACTIONAL)
        answer = self.ask("produce", version, transactional_id=name, acks=-1, timeout_ms=10000,
                          topic_data=[{"name": topic, "partition_data": [
                              {"index": partition, "records": data}]}])
        return answer["responses"][0]["partition_responses"][0]["error_code"]

    def end(self, name, producer, version=4):
        return self.ask("end_txn", version, transactional_id=name, producer_id=producer[0],
                        producer_epoch=producer[1], committed=True)

    def features(self):
        answer = self.ask("api_versions", 4, client_software_name="test",
                          client_software_version="1")
        levels = {each["name"]: each["max_version_level"] for each in answer["finalized_features"]}
        return levels, answer["finalized_features_epoch"]
