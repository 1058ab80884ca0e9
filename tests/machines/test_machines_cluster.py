"""The whole system on a Redis in cluster mode, as the documented user: every key is in the one slot of its tag."""

from __future__ import annotations

import sys

import pytest

pytest.register_assert_rewrite("support.atrest")

from support.alone import alone  # noqa: E402  its checks are asserts of the tests

from worker.edge import keys  # noqa: E402  as above

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux'"),
]


def all_slots(connection):
    connection.execute_command("CLUSTER", "ADDSLOTS", *range(16384))


def test_everything_is_done_in_one_slot_of_a_cluster(tmp_path, eventually):
    with alone(tmp_path, "cluster", more={"cluster-enabled": "yes"}, prepare=all_slots) as place:
        eventually(lambda: place.direct.cluster("INFO")["cluster_state"] == "ok", "a cluster")
        rest = place.at_rest(eventually)
        place.wire.publish(12)
        eventually(rest.reached, "rest", seconds=120)
        rest.check(place.system.process.pid)
        found = {raw.decode() for raw in place.direct.scan_iter("*")}
        assert len(found) > 50
        assert {name for name in found if not name.startswith(keys.PREFIX)} == set()
        slot = place.direct.cluster("KEYSLOT", keys.PREFIX)
        assert {place.direct.cluster("KEYSLOT", name) for name in found} == {slot}
        # Scripts name the keys they touch by themselves, and the user may touch no others: none was refused.
        assert [entry["object"] for entry in place.direct.acl_log() if entry["username"] == "wirewatch"] == []
