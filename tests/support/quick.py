"""The configuration with which tests run the whole product on loopback: feeds every second, alerts to one receiver."""

from __future__ import annotations

from collections.abc import Iterable

_TEXT = """
{storage}
[network]
allow = ["127.0.0.0/8"]
[polling]
interval = "1s"
min_interval = "1s"
max_interval = "2s"
[web]
listen = "127.0.0.1:0"
{feeds}
{more}
[[destinations]]
name = "hook"
type = "webhook"
url = "{hook}"
secret = "env:HOOK_SECRET"
"""
OWN_STORAGE = '[storage]\ndir = "data"'


def configuration(feeds: Iterable[tuple[str, str]], more: str, hook: str, *, storage: str = OWN_STORAGE) -> str:
    """As TOML: feeds as (name, url), `more` tables such as topics, the receiver's address, where everything lies."""
    lists = "".join(f'[[feeds]]\nurl = "{url}"\nname = "{name}"\n' for name, url in feeds)
    return _TEXT.format(storage=storage, feeds=lists, more=more, hook=hook)


def on_redis(url: str) -> str:
    """Where everything lies: this Redis."""
    return f'[redis]\nurl = "{url}"'
