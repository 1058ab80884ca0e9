"""deploy/machines.md and the rule of the user: what they say is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from redis.commands.core import CoreCommands

from worker.config import values
from worker.edge.redis_client import connect

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "deploy" / "machines.md").read_text("utf-8")
ADDRESSES = re.findall(r"`((?:redis|rediss)(?:\+sentinel)?://[^`]+)`", GUIDE)
RULES = (ROOT / "deploy" / "redis" / "wirewatch.acl").read_text("ascii")
# How redis-py's methods, and its use of them by itself, are called on the wire.
ALSO = {
    "DEL": "delete",
    "EVALSHA": "register_script",
    "EXEC": "pipeline",
    "INCRBY": "incr",
    "MEMORY|USAGE": "memory_usage",
    "MULTI": "pipeline",
    "SCRIPT|EXISTS": "register_script",
    "SCRIPT|LOAD": "register_script",
    "UNWATCH": "watch",
    "ZREVRANGE": "zrange",
    "ZSCAN": "zscan_iter",
}
# Sockets are shut down; and who may not be asked for its configuration is taken for one that says nothing of it.
NOT_NEEDED = {"shutdown", "config_get"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_the_guide_is_one(address):
    assert values.redis_url(address) == address
    connect(address).close()


def test_the_guide_shows_every_form():
    assert {address.partition(":")[0] for address in ADDRESSES} == {
        "redis",
        "rediss",
        "redis+sentinel",
        "rediss+sentinel",
    }


def test_the_user_may_do_what_the_code_does_and_nothing_else():
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "worker").rglob("*.py"))
    by_scripts = set(re.findall(r"redis\.p?call\('([A-Z]+)'", code))
    called = by_scripts | {name.upper() for name in re.findall(r"\.([a-z_]+)\(", code)}
    allowed = {rule[1:].upper() for rule in RULES.split() if rule.startswith("+")}
    assert len(allowed) > 50
    assert {name for name in allowed if ALSO.get(name, name).upper() not in called} == set()
    asked = {
        name for name in re.findall(r"\b_?(?:redis|pipe|connection)\.([a-z_]+)\(", code) if hasattr(CoreCommands, name)
    }
    on_the_wire = {method: name for name, method in ALSO.items()}
    asked_for = {on_the_wire.get(name, name).upper() for name in asked - NOT_NEEDED}
    assert (by_scripts | asked_for) - allowed == set()


def test_the_rule_is_one_user_with_one_tag_and_no_group_of_commands():
    assert RULES.startswith("user wirewatch on >CHANGE-ME ~{ww}:* resetchannels -@all +")
    assert RULES.count("\n") == 1
    assert re.findall(r"[~%&][^ ]*|\+@\w+", RULES) == ["~{ww}:*"]
