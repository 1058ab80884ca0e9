"""Redirects: how far they are followed, and what is carried along."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urljoin

from worker.errors import BlockedError, FetchFailedError
from worker.fetch.urls import SplitTarget, check_url

MAX_REDIRECTS = 5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})

# Headers that say nothing about the user. Everything else may be a credential (Authorization, Cookie, X-Api-Key,
# whatever a feed's own headers are) and was meant for one host.
_HARMLESS = frozenset({"accept", "accept-language", "if-modified-since", "if-none-match", "user-agent"})


def next_hop(status: int, location: str | None, current_url: str, hops: Sequence[str]) -> str | None:
    """The URL to ask next, or None where the answer is no redirect.

    `hops` are the URLs asked before `current_url`, all as `check_url` spells them. BlockedError where the new URL may
    not be fetched, FetchFailedError after five redirects (the limit of RFC 2068, 10.3) or in a circle. A redirect from
    https to http is followed, because old feeds have them and nothing secret goes along (see carried_headers).
    """
    if status not in _REDIRECTS or not location:
        return None
    try:
        target = check_url(urljoin(current_url, location))
    except ValueError:
        raise BlockedError("refused: the redirect leads to no valid URL") from None
    host = check_url(current_url).host
    if target.url == current_url or target.url in hops:
        raise FetchFailedError(f"{host} redirects in a circle; open the link in a browser to see why", kind="redirects")
    if len(hops) >= MAX_REDIRECTS:
        raise FetchFailedError(
            f"{host} redirects for the {MAX_REDIRECTS + 1}th time; that is too often", kind="redirects"
        )
    return target.url


def carried_headers(headers: Mapping[str, str], source: SplitTarget, target: SplitTarget) -> dict[str, str]:
    """The headers of a request to `source` that may go to `target` as well.

    All of them to the same host, port and scheme, or from http to https on the usual ports of one host; else only
    those that say nothing about the user (RFC 9110, 15.4).
    """
    upgraded = source.host == target.host and (source.scheme, source.port, target.scheme, target.port) == (
        "http",
        80,
        "https",
        443,
    )
    same = (source.scheme, source.host, source.port) == (target.scheme, target.host, target.port)
    if same or upgraded:
        return dict(headers)
    return {name: value for name, value in headers.items() if name.lower() in _HARMLESS}


def moved_for_good(statuses: Sequence[int], urls: Sequence[str]) -> bool:
    """Whether the last of `urls` may take the first one's place in the configuration.

    `statuses` are those of the redirects between them: all have to be permanent (RFC 9110, 15.4.2 and 15.4.9). A way
    that leaves https does not count, because whoever sits on the line could then choose where it ends for good.
    """
    permanent = bool(statuses) and all(status in _PERMANENT for status in statuses)
    secure = [url.startswith("https:") for url in urls]
    return permanent and (all(secure) or not secure[0])
