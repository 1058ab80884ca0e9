"""What a Redis holds, as a file that every Redis can be filled from: one JSON object a line, bytes as Latin-1."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import redis


def dumped(connection: redis.Redis) -> Iterator[str]:
    """Every key by its name, with its type, its milliseconds to live (-1 for ever) and what it holds."""
    for key in sorted(connection.scan_iter("*", count=1000)):
        kind = connection.type(key).decode()
        record = {"key": key, "type": kind, "ttl": connection.pttl(key), "value": _READ[kind](connection, key)}
        yield json.dumps(_text(record), ensure_ascii=True)


def fill(connection: redis.Redis, lines: Iterable[str]) -> None:
    """Put back what `dumped` gave."""
    with connection.pipeline(transaction=False) as pipe:
        for line in lines:
            record = json.loads(line)
            key = _bytes(record["key"])
            _WRITE[record["type"]](pipe, key, _bytes(record["value"]))
            if record["ttl"] >= 0:
                pipe.pexpire(key, record["ttl"])
        pipe.execute()


_READ = {
    "string": lambda r, key: r.get(key),
    "hash": lambda r, key: [list(pair) for pair in r.hgetall(key).items()],
    "list": lambda r, key: r.lrange(key, 0, -1),
    "set": lambda r, key: sorted(r.smembers(key)),
    "zset": lambda r, key: [[member, score] for member, score in r.zrange(key, 0, -1, withscores=True)],
    "stream": lambda r, key: [[number, [list(pair) for pair in facts.items()]] for number, facts in r.xrange(key)],
}


def _stream(pipe: Any, key: bytes, value: Any) -> None:
    for number, facts in value:
        pipe.xadd(key, dict(facts), id=number)


_WRITE = {
    "string": lambda pipe, key, value: pipe.set(key, value),
    "hash": lambda pipe, key, value: pipe.hset(key, mapping=dict(value)),
    "list": lambda pipe, key, value: pipe.rpush(key, *value),
    "set": lambda pipe, key, value: pipe.sadd(key, *value),
    "zset": lambda pipe, key, value: pipe.zadd(key, dict(value)),
    "stream": _stream,
}


def _text(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, dict):
        return {name: _text(one) for name, one in value.items()}
    return [_text(one) for one in value] if isinstance(value, list) else value


def _bytes(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("latin-1")
    return [_bytes(one) for one in value] if isinstance(value, list) else value
