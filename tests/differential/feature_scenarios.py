"""Feature levels (UpdateFeatures) and elections of leaders."""
from messages import APIS

UPGRADE, SAFE, UNSAFE = 1, 2, 3


def versions(api):
    return APIS[api][1]["request"].versions


def update(version, *updates, dry=False):
    """Of (name, level, type); version 0 knows only whether it may go down."""
    def one(name, level, kind):
        how = {"upgrade_type": kind} if version else {"allow_downgrade": kind != UPGRADE}
        return {"feature": name, "max_version_level": level, **how}

    body = {"feature_updates": [one(*each) for each in updates]}
    return "update_features", version, {**body, **({"validate_only": dry} if version else {})}


def features(_):
    name = "transaction.version"
    for version in versions("update_features"):
        for level in (0, 1, 2, 3, -1):
            for kind in (UPGRADE, SAFE, UNSAFE, 0, 4):
                yield update(version, (name, level, kind), dry=True)
                yield update(version, (name, level, kind))
        yield update(version, (name, 2, UPGRADE))
        for level in (0, 1, 6, 7, 22, 25, 29, 30, 31):
            for kind in (UPGRADE, SAFE, UNSAFE):
                yield update(version, ("metadata.version", level, kind))
        for level in (0, 1):
            yield update(version, ("no.such.feature", level, UPGRADE))
            yield update(version, ("", level, SAFE))
        yield update(version)
        # All or none.
        yield update(version, (name, 2, UPGRADE), ("no.such.feature", 1, UPGRADE))
        yield update(version, (name, 2, UPGRADE), ("metadata.version", 30, UPGRADE))
        yield update(version, ("kraft.version", 0, UPGRADE), dry=True)
        yield update(version, ("kraft.version", 2, UPGRADE), dry=True)


def elections(_):
    yield "create_topics", 7, {"topics": [{"name": "elected", "num_partitions": 3,
                                           "replication_factor": 1}], "timeout_ms": 10000}
    asked = [[("elected", [0, 2, 7]), ("none-such", [0])], [], [("elected", [])],
             [("elected", [0]), ("elected", [1])], [("", [-1])]]
    for version in versions("elect_leaders"):
        for kind in (0, 1, 2, -1) if version else (0,):
            more = {"election_type": kind} if version else {}
            yield "elect_leaders", version, {"topic_partitions": None, **more}
            for topics in asked:
                yield "elect_leaders", version, {**more, "topic_partitions": [
                    {"topic": name, "partitions": partitions} for name, partitions in topics]}


ALL = [features, elections]
