"""`wirewatch tokens`: made, shown once, listed without what opens with them, revoked."""

from __future__ import annotations

import json

import pytest

from worker.edge import keys


@pytest.fixture
def run(cli, redis_server, store, monkeypatch):
    monkeypatch.setenv("REDIS_URL", redis_server.url)
    return lambda *arguments: cli("tokens", *arguments)


def test_a_token_lives_from_create_to_revoke(run, store):
    assert run("list")[1:] == ("", "no tokens yet; wirewatch tokens create NAME makes one\n")
    status, token, told = run("create", "desk", "--scope", "write")
    assert (status, told) == (0, "keep it well: it is not shown again, and only its digest is stored\n")
    assert token.startswith("ww_")
    assert len(token.strip()) == len("ww_") + 43  # 256 bits as base64url
    status, output, errors = run("create", "desk")
    assert (status, output) == (1, "")
    assert errors == "wirewatch: there is a token desk already; revoke it, or choose another name\n"
    (listed,) = json.loads(run("list", "--json")[1])
    assert (listed["name"], listed["scope"], listed["last_used"]) == ("desk", "write", None)
    kept = b"".join(part for pair in store.hgetall(keys.TOKENS).items() for part in pair)
    assert token.strip().encode() not in kept
    assert token.strip() not in run("list")[1]
    assert run("revoke", "desk")[1] == "desk is void from now on\n"
    assert run("revoke", "desk")[2] == "wirewatch: there is no token desk; see `wirewatch tokens list`\n"
    assert store.hlen(keys.TOKENS) == 0
