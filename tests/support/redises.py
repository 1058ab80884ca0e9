"""Redis as operators run it: with TLS, users, replicas and Sentinels."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.machines import lacking

RULES = Path(__file__).parents[2] / "deploy" / "redis" / "wirewatch.acl"
PORT, SENTINEL_PORT, SERVICE = 6379, 26379, "press"
# What each side needs is in Redis' manual: "Sentinel: ACL", "Replication: ACL".
_USERS = """
user default off
user operator on >operator ~* &* +@all
user replica on >replica +psync +replconf +ping
user sentinel on >sentinel allchannels +multi +slaveof +ping +exec +subscribe +config|rewrite +role +publish +info \
+client|setname +client|kill +script|kill
"""


def product_rules(password: str) -> list[str]:
    """The documented user, for ACL SETUSER."""
    _user, *rules = RULES.read_text("ascii").replace("CHANGE-ME", password).split()
    return rules


class Authority:
    """An authority of the test's own, and one certificate by it for all these addresses; files in `folder`."""

    def __init__(self, folder: Path, addresses: Sequence[str]) -> None:
        if shutil.which("openssl") is None:
            lacking("certificates are made by openssl, which is not installed")
        self.ca, self.certificate, self.key = folder / "ca.crt", folder / "redis.crt", folder / "redis.key"
        made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        own = ["-keyout", f"{folder}/ca.key", "-out", str(self.ca), "-subj", "/CN=sample authority"]
        _run(*made, "-days", "2", *own)
        names = ",".join(f"IP:{address}" for address in addresses)
        signed = ["-CA", str(self.ca), "-CAkey", f"{folder}/ca.key", "-addext", f"subjectAltName={names}"]
        leaf = ["-addext", "basicConstraints=critical,CA:FALSE", "-subj", "/CN=sample redis"]
        _run(*made, "-days", "2", "-keyout", str(self.key), "-out", str(self.certificate), *signed, *leaf)

    def options(self) -> dict[str, str]:
        """Of redis.conf, for a server or a Sentinel that speaks TLS only."""
        return {
            "port": "0",
            "tls-cert-file": str(self.certificate),
            "tls-key-file": str(self.key),
            "tls-ca-cert-file": str(self.ca),
            "tls-auth-clients": "no",
            "tls-replication": "yes",
        }


def tls_server() -> str:
    """The server that is installed; the one of the wheel was built without TLS."""
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    return found or lacking("no server that speaks TLS is installed; install redis-server")


def users_file(folder: Path, password: str) -> Path:
    """The documented user beside those of whoever runs Redis."""
    path = folder / "users.acl"
    path.write_text(f"user {' '.join(product_rules(password))}{_USERS}", "ascii")
    return path


def server_file(folder: Path, name: str, options: Mapping[str, str]) -> Path:
    """redis.conf of a server that keeps what it is given in a folder of its own."""
    directory = folder / name
    directory.mkdir()
    path = folder / f"{name}.conf"
    given = {"dir": str(directory), "appendonly": "yes", "save": '""', "maxmemory-policy": "noeviction", **options}
    path.write_text("".join(f"{key} {value}\n" for key, value in given.items()), "ascii")
    return path


def sentinel_file(folder: Path, name: str, primary: str, options: Mapping[str, str]) -> Path:
    """sentinel.conf: a primary that is silent for two seconds is replaced once two Sentinels agree."""
    lines = [f"{key} {value}" for key, value in options.items()]
    lines += [
        f"sentinel monitor {SERVICE} {primary} {PORT} 2",
        f"sentinel auth-user {SERVICE} sentinel",
        f"sentinel auth-pass {SERVICE} sentinel",
        f"sentinel down-after-milliseconds {SERVICE} 2000",
        f"sentinel failover-timeout {SERVICE} 10000",
    ]
    path = folder / f"{name}.sentinel.conf"
    path.write_text("\n".join([*lines, ""]), "ascii")
    return path


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)
