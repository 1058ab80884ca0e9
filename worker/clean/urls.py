"""One address per article: the same story, however it was linked to, gets the same canonical URL.

What identifies a story is never dropped: only parameters known to be tracking go, by name. Rules follow RFC 3986
section 6 (case, percent-encoding, dot segments, default ports) and UTS 46 for host names.
"""

from __future__ import annotations

import ipaddress
import re
from base64 import b64decode
from collections.abc import Iterable
from urllib.parse import SplitResult, parse_qs, quote, unquote, urljoin, urlsplit, urlunsplit

import idna

# Longer "addresses" in a page are no addresses; they are left alone rather than worked on.
MAX_URL = 8192

_PORTS = {"http": 80, "https": 443}
_TRACKING_PREFIXES = ("utm_", "at_", "hsa_", "mtm_", "pk_", "piwik_", "matomo_", "ns_", "fb_action_", "guce_")
_TRACKING = """
    __twitter_impression _ga _gl _hsenc _hsmi _openstat action_object_map action_ref_map action_type_map asc_campaign
    asc_source bxid campid cmp cmpid cndid dclid dicbo echobox emc esrc fb_ref fb_source fbclid ftag gaa_at gaa_n
    gaa_sig gaa_ts gbraid gclid gclsrc gid_campaign guccounter hsctatracking icid icmp ico ig_rid igsh igshid iid
    int_cmp int_source intcid intcmp itid ito leadsource mbid mc_cid mc_eid mkt_tok msclkid ncid newsletter_id ocid
    oly_anon_id oly_enc_id oborigurl rb_clickid ref_src ref_url s_cid s_kwcid smid smtyp soc_src soc_trk sr_share
    sref srsltid taid tblci tgclid traffic_source trk trkid ttclid twclid vero_conv vero_id wbraid wpisrc wpmm
    wt.mc_id wt.nav wt_mc wt_zmc xtor yclid ysclid
    amp_ct amp_gsa amp_js_v aoh usqp
"""
_TRACKING_NAMES = frozenset(_TRACKING.split())
# These name a story on some sites and a channel on others; the value tells which.
_CHANNEL_NAMES = frozenset({"feed", "from", "mod", "partner", "ref", "source", "src", "via"})
_CHANNEL_VALUES = frozenset({"atom", "feed", "feeds", "rss", "rss-feed", "rss2", "rss_feed", "rssfeed"})
_AMP_QUERY = frozenset({"amp", "amp=1", "amp=true", "outputtype=amp", "output=amp", "view=amp", "_amp=true"})
_AMP_CACHE_PATH = re.compile(r"\A/(?:amp/)?(?:[cva]/)?(?P<secure>s/)?(?P<rest>[^/]+\..+)\Z")
# (host, path) of redirectors, and the parameters in which they hold the address
_REDIRECTORS = {
    ("l.facebook.com", "/l.php"): ("u",),
    ("lm.facebook.com", "/l.php"): ("u",),
    ("www.bing.com", "/news/apiclick.aspx"): ("url",),
    ("www.youtube.com", "/redirect"): ("q",),
    ("out.reddit.com", "/"): ("url",),
    ("t.umblr.com", "/redirect"): ("z",),
    ("vk.com", "/away.php"): ("to",),
    ("slack-redir.net", "/link"): ("url",),
}
_GOOGLE_NEWS = re.compile(r"/(?:__i/)?(?:rss/)?(?:articles|read)/(CBM[A-Za-z0-9_-]{20,3000})\Z")
_PRINTABLE_URL = re.compile(rb"https?://[!-~]{4,2000}")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Pages that scripts put together are told apart by fragments like these; others name a place in one page.
_ROUTE = re.compile(r"!|/[^/]")
# Some servers still take a semicolon for "&".
_SEMICOLON = re.compile(r";(?=[\w.-]+=)")
_SLUG = re.compile(r"[-0-9]")
_STORY_SEGMENT = re.compile(r"\d|-[^-]+-")


def canonical_url(url: str) -> str:
    """The address two links to the same article share; applying it twice changes nothing.

    What is no http(s) address, or cannot be read as one, comes back only trimmed.
    """
    current = url.strip()
    # every unwrapping shortens the address, so this ends
    while True:
        try:
            following = _unwrapped(_normal(current))
        except ValueError:
            return current
        if following == current:
            return current
        current = following


def choose_canonical(page_url: str, declared: Iterable[str | None]) -> str:
    """The first declared address (rel=canonical, og:url) that can be this article's own, else the page's.

    A declaration is refused when it leads to another publisher, to the site's root or to the section the article is in:
    templates that fill it in wrongly are common, and believing one would merge all stories of a site.
    """
    own = canonical_url(page_url)
    for candidate in declared:
        if not candidate or len(candidate) > MAX_URL:
            continue
        try:
            address = canonical_url(urljoin(own, candidate.strip()))
        except ValueError:
            continue
        if is_web(address) and (not own or _is_same_article(own, address)):
            return address
    return own


def registrable_domain(url: str) -> str:
    """The publisher's domain by the public suffix list ("news.bbc.co.uk" is bbc.co.uk's), "" where there is no host.

    Bare addresses and localhost keep their port, which is what tells local sites apart; names the list does not know
    ("yonhap.localhost") stay whole.
    """
    try:
        parts = urlsplit(url.strip())
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return ""
    if not host:
        return ""
    if host == "localhost" or _is_address(host):
        shown = f"[{host}]" if ":" in host else host
        return shown if port is None or port == _PORTS.get(parts.scheme) else f"{shown}:{port}"
    return _suffix_domain(host) or host


def host_of(url: str) -> str:
    """The site an address belongs to ("en.example.org", "localhost:8080"), without "www."; "" where there is none."""
    try:
        parts = urlsplit(url)
        host, port = _ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        return ""
    host = host.removeprefix("www.")
    return host if port is None or port == _PORTS.get(parts.scheme) else f"{host}:{port}"


def is_web(url: str) -> bool:
    """Whether this is an absolute http(s) address with a host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in _PORTS and bool(parts.hostname)


def _suffix_domain(host: str) -> str | None:
    # the list takes 90 ms to load, which commands that never meet an address should not pay
    from tld import get_fld  # noqa: PLC0415

    found: str | None = get_fld(host, fix_protocol=True, fail_silently=True)
    return found


def _normal(url: str) -> str:
    if len(url) > MAX_URL:
        raise ValueError("too long to be an address")
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("no http(s) address")
    host = _ascii_host(parts.hostname)
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    netloc = host if port is None or port == _PORTS[parts.scheme] else f"{host}:{port}"
    path = _without_dots(_escaped(parts.path, safe="/:@!$&'()*+,;=%")) or "/"
    fragment = _escaped(parts.fragment, safe="/:@!$&'()*+,;=?%") if _ROUTE.match(parts.fragment) else ""
    return urlunsplit((parts.scheme, netloc, path, _kept_query(parts.query), fragment))


def _ascii_host(host: str) -> str:
    host = host.rstrip(".").lower()
    if host.isascii():
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise ValueError("no host name") from error


def _escaped(text: str, *, safe: str) -> str:
    """Percent-encoding as RFC 3986 6.2.2 wants it: unreserved characters bare, the rest in capitals."""

    def bare(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        return character if character in _UNRESERVED else match[0].upper()

    return _ESCAPE.sub(bare, quote(text, safe=safe, errors="replace"))


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for position, segment in enumerate(segments):
        if segment not in {".", ".."}:
            kept.append(segment)
            continue
        if segment == ".." and len(kept) > 1:
            kept.pop()
        if position == len(segments) - 1:
            kept.append("")
    return "/".join(kept)


def _kept_query(query: str) -> str:
    told = (";".join(part for part in _SEMICOLON.split(piece) if not _is_tracking(part)) for piece in query.split("&"))
    pieces = (piece for piece in told if piece)
    return "&".join(_escaped(piece, safe="/:@!$'()*+,;=?%[]") for piece in pieces)


def _is_tracking(piece: str) -> bool:
    name, _, value = unquote(piece).casefold().partition("=")
    if name.startswith(_TRACKING_PREFIXES) or name in _TRACKING_NAMES:
        return True
    if name in _CHANNEL_NAMES and value in _CHANNEL_VALUES:
        return True
    return piece.casefold() in _AMP_QUERY


def _unwrapped(url: str) -> str:
    """The article's own address where `url` is an AMP cache's, a redirector's or the AMP twin's."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host.endswith(".cdn.ampproject.org") or (_is_google(host) and parts.path.startswith("/amp/")):
        match = _AMP_CACHE_PATH.match(parts.path)
        if match:
            scheme = "https" if match["secure"] else "http"
            return _normal(f"{scheme}://{match['rest']}" + (f"?{parts.query}" if parts.query else ""))
    if (target := _redirect_target(host, parts)) is not None:
        return _normal(target)
    return _normal(urlunsplit(parts._replace(path=_without_amp(parts.path))))


def _without_amp(path: str) -> str:
    segments = path.rstrip("/").split("/")
    if segments[-1] == "amp" and len(segments) > 2 and _SLUG.search(segments[-2]):
        return "/".join(segments[:-1]) + ("/" if path.endswith("/") else "")
    for suffix, plain in ((".amp.html", ".html"), (".amp", "")):
        if path.endswith(suffix):
            return path.removesuffix(suffix) + plain
    return path


def _redirect_target(host: str, parts: SplitResult) -> str | None:
    """Where a link of a news search, a social network or a chat leads, as far as the link itself tells."""
    if host == "news.google.com":
        found = _in_google_news(parts.path)
    else:
        names = ("url", "q") if _is_google(host) and parts.path == "/url" else _REDIRECTORS.get((host, parts.path), ())
        query = parse_qs(parts.query, max_num_fields=50) if names else {}
        found = next((value for name in names for value in query.get(name, ()) if is_web(value)), None)
    # a longer one could make the rewriting run for ever
    return found if found and len(found) < len(parts.geturl()) else None


def _in_google_news(path: str) -> str | None:
    """The address inside a Google News link of the kind made until 2024; later ones hold only a key to it."""
    match = _GOOGLE_NEWS.match(path)
    if not match:
        return None
    token = match[1]
    try:
        inside = _PRINTABLE_URL.search(b64decode(token + "=" * (-len(token) % 4), altchars=b"-_"))
    except ValueError:
        return None
    return inside[0].decode("ascii") if inside else None


def _is_google(host: str) -> bool:
    return host.startswith(("www.google.", "google.")) and host.count(".") <= 3


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_same_article(own: str, declared: str) -> bool:
    if registrable_domain(own) != registrable_domain(declared):
        return False
    mine, theirs = urlsplit(own), urlsplit(declared)
    here = [part for part in mine.path.split("/") if part]
    there = [part for part in theirs.path.split("/") if part]
    if not there and not theirs.query:
        return not here and not mine.query
    if _STORY_SEGMENT.search(there[-1] if there else ""):
        return True
    if mine.query and not theirs.query and here == there:
        return False
    return not (len(there) < len(here) and here[: len(there)] == there)
