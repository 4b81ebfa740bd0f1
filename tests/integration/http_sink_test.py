"""Goal: the plugin http.so loses nothing, keeps the order within a key and tells each record's fate
truly, whatever a server does. Method: a small host (sink_driver) feeds it; the stub server fails in
many ways and keeps what it got; both sides are compared and the differences counted."""
import collections
import json
import os
import subprocess
import sys
import tempfile
import threading

from http_stub import BulkIndex, Reply, Stub, Tokens, self_signed, trouble

DRIVER = os.environ.get("WEIR_SINK_DRIVER", "build/release/tests/sink_driver")
PLUGIN = os.environ.get("WEIR_HTTP_PLUGIN", "build/release/bin/connectors/http.so")
QUICK = ["retry.backoff=5ms..50ms", "batch.max=20", "timeout.request=500ms"]


def start(kind, records, keys, settings, patience=60):
    return subprocess.Popen([DRIVER, PLUGIN, kind, str(records), str(keys), str(patience),
                             *settings], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    fates = [json.loads(line) for line in output.splitlines()]
    assert "secret-token" not in output + errors and "hush-hush" not in output + errors
    return {each["n"]: each for each in fates}, errors


def drive(kind, records, keys, settings, patience=60):
    return finish(start(kind, records, keys, settings, patience))


def ok_of(fates):
    return {n for n, fate in fates.items() if fate["status"] == "ok"}


class Taken:
    """What the server accepted, by key, in order."""

    def __init__(self):
        self.by_key = collections.defaultdict(list)

    def take(self, request):
        batch = json.loads(request["body"])
        for each in batch if isinstance(batch, list) else [batch]:
            self.by_key[each["k"]].append(each["n"])

    def compare(self, name, fates, duplicates_allowed=0):
        taken = [n for numbers in self.by_key.values() for n in numbers]
        lost = len(ok_of(fates) - set(taken))
        duplicated = len(taken) - len(set(taken))
        reordered = 0
        for numbers in self.by_key.values():
            # A record that comes twice counts where it came first.
            first = list(dict.fromkeys(numbers))
            reordered += sum(a > b for a, b in zip(first, first[1:]))
        print(f"{name}: lost {lost}, duplicated {duplicated}, reordered {reordered}")
        assert lost == 0 and reordered == 0
        assert duplicated <= duplicates_allowed


def errors_of_every_kind():
    taken, fails = Taken(), trouble(1, 0.3)
    cut = []

    def answer(request):
        failed = fails()
        if not failed or failed.action == "reset_in_body":
            taken.take(request)
        # What is cut in the middle of a good answer was taken, and must come again.
        if failed and failed.action == "reset_in_body":
            cut.extend(json.loads(request["body"]))
        return failed or Reply()

    stub = Stub(answer).start()
    fates, _ = drive("http", 5000, 97, [f"url={stub.url}/in/{{topic}}", *QUICK])
    stub.stop()
    assert len(ok_of(fates)) == 5000
    taken.compare("errors", fates, duplicates_allowed=len(cut))


def bad_records_are_told_with_the_answer():
    taken = Taken()

    def answer(request):
        if json.loads(request["body"])["n"] % 10 == 7:
            return Reply(422, b"seven is not wanted")
        taken.take(request)
        return Reply(201)

    stub = Stub(answer).start()
    fates, _ = drive("http", 300, 7, [f"url={stub.url}/{{key}}", "body=single", *QUICK])
    stub.stop()
    bad = {n: fate["reason"] for n, fate in fates.items() if fate["status"] == "bad"}
    assert set(bad) == set(range(7, 300, 10)), bad
    assert set(bad.values()) == {"HTTP 422: seven is not wanted"}
    taken.compare("bad records", fates)


def a_server_that_goes_away_and_comes_back():
    taken = Taken()
    enough = threading.Event()

    def answer(request):
        taken.take(request)
        if len(stub.requests) == 100:
            enough.set()
        return Reply()

    stub = Stub(answer).start()
    process = start("http", 20000, 50, [f"url={stub.url}", "retry.for=100ms", *QUICK])
    assert enough.wait(30)
    stub.stop()
    threading.Event().wait(1.5)  # it is away for so long
    stub.start()
    fates, _ = finish(process)
    stub.stop()
    assert len(ok_of(fates)) == 20000
    taken.compare("away", fates, duplicates_allowed=20000)


def hanging_requests_are_tried_again():
    taken = Taken()
    count = [0]

    def answer(request):
        count[0] += 1
        if count[0] % 20 == 3:
            return Reply(action="hang")
        taken.take(request)
        return Reply()

    stub = Stub(answer).start()
    fates, _ = drive("http", 1500, 11, [f"url={stub.url}", *QUICK])
    stub.stop()
    assert len(ok_of(fates)) == 1500
    taken.compare("hangs", fates)


def tls_with_an_authority_of_our_own():
    taken = Taken()

    def answer(request):
        taken.take(request)
        return Reply()

    with tempfile.TemporaryDirectory() as directory:
        pair = self_signed(directory)
        stub = Stub(answer, tls=pair).start()
        fates, _ = drive("http", 500, 5, [f"url={stub.url}", f"tls.ca={pair[0]}", *QUICK])
        assert len(ok_of(fates)) == 500
        taken.compare("tls", fates)
        settings = [f"url={stub.url}", "retry.for=50ms", *QUICK]
        fates, _ = drive("http", 5, 5, settings, patience=0)
        assert not ok_of(fates)
        assert all("certificate verify failed" in fate["reason"] for fate in fates.values()), fates
        fates, _ = drive("http", 5, 5, [*settings, "tls.verify=false"])
        assert len(ok_of(fates)) == 5
        stub.stop()


def tokens_are_renewed_when_they_run_out():
    taken, tokens = Taken(), Tokens(uses=10)

    def answer(request):
        if request["path"] == "/token":
            return tokens.give(request)
        if not tokens.takes(request):
            return Reply(401, b"which token? " + request["headers"]["authorization"].encode())
        taken.take(request)
        return Reply()

    stub = Stub(answer).start()
    fates, _ = drive("http", 2000, 20, [
        f"url={stub.url}/in", "auth.type=oauth2", f"auth.token_url={stub.url}/token",
        "auth.client_id=weir", "auth.client_secret=hush-hush", "in_flight=1", *QUICK])
    stub.stop()
    assert len(ok_of(fates)) == 2000, collections.Counter(f["status"] for f in fates.values())
    assert tokens.given >= 10
    taken.compare("oauth2", fates)


def bulk_items_fail_one_by_one():
    tries = collections.Counter()

    def fails(_id, document):
        n = document["n"]
        if n % 100 == 50:
            return 400, "mapper_parsing_exception"
        tries[n] += 1
        return (429, "es_rejected_execution_exception") if n % 7 == 0 and tries[n] < 3 else None

    index = BulkIndex(fails)
    stub = Stub(index.answer).start()
    fates, _ = drive("elasticsearch", 2000, 40, [f"url={stub.url}", "compression=gzip", *QUICK])
    bad = {n for n, fate in fates.items() if fate["status"] == "bad"}
    assert bad == set(range(50, 2000, 100)), bad
    assert "mapper_parsing_exception: by plan" in fates[50]["reason"], fates[50]
    lost = len({f"orders-0-{n}" for n in ok_of(fates)} - set(index.documents))
    duplicated = sum(count - 1 for count in index.writes.values())
    print(f"bulk: lost {lost}, duplicated {duplicated}, reordered 0")
    assert lost == 0 and duplicated == 0
    # The same again, as after a crash: what is there already is done.
    fates, _ = drive("elasticsearch", 2000, 40, [f"url={stub.url}", "op=create", *QUICK])
    stub.stop()
    assert len(ok_of(fates)) == 1980
    assert all(count == 1 for count in index.writes.values())


def bulk_keeps_the_last_document_of_a_key():
    tries = collections.Counter()

    def fails(_id, document):
        tries[document["n"]] += 1
        first = tries[document["n"]] == 1
        return (503, "unavailable_shards_exception") if document["n"] % 5 == 0 and first else None

    index = BulkIndex(fails)
    stub = Stub(index.answer).start()
    fates, _ = drive("http", 1000, 33, [f"url={stub.url}", "mode=bulk", "id=key", *QUICK])
    stub.stop()
    last = {f"k{n % 33}": n for n in range(1000)}
    stale = sum(index.documents[key]["n"] != n for key, n in last.items())
    print(f"bulk by key: lost {1000 - len(ok_of(fates))}, stale documents {stale}")
    assert stale == 0 and len(ok_of(fates)) == 1000


def main():
    for each in (errors_of_every_kind, bad_records_are_told_with_the_answer,
                 a_server_that_goes_away_and_comes_back, hanging_requests_are_tried_again,
                 tls_with_an_authority_of_our_own, tokens_are_renewed_when_they_run_out,
                 bulk_items_fail_one_by_one, bulk_keeps_the_last_document_of_a_key):
        print(each.__name__.replace("_", " "), flush=True)
        each()


sys.exit(main())
