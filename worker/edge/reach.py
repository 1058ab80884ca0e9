"""Whether a host can be reached at all, without saying anything to it."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

SECONDS = 5.0


def unreachable(url: str) -> str | None:
    """Why no TCP connection to the URL's host can be made, None if one can; the words do not hold the URL, a secret."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443)
    try:
        socket.create_connection((host, port), SECONDS).close()
    except OSError as error:
        return f"{host} cannot be reached on port {port}: {error.strerror or error}"
    except UnicodeError:
        return f"{host} is no host name; correct it"
    return None
