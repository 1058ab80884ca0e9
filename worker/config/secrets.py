"""Secrets named in wirewatch.toml ("env:NAME", "file:PATH") -> their values. No message ever shows a value."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from worker.config.lines import Path as KeyPath
from worker.config.tables import Findings
from worker.secret import SecretStr

_MOST_BYTES = 64_000
_PREFIX = "whsec_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Looks secrets up in `env` and in files relative to `folder`; what is missing goes to `findings`.

    Where they are not `needed`, because nothing is sent, a missing one is "" and no problem.
    """

    env: Mapping[str, str]
    folder: Path
    findings: Findings
    needed: bool = True

    def resolve(self, value: str | None, where: KeyPath, check: Callable[[str], str] = str) -> SecretStr:
        """The value, empty where there is none. `check` raises ValueError with the mend, or returns it tidied."""
        if value is None:
            return SecretStr("")
        try:
            return SecretStr(check(self._look_up(value)))
        except ValueError as error:
            if self.needed:
                self.findings.add(where, str(error))
            return SecretStr("")

    def _look_up(self, value: str) -> str:
        kind, _, name = value.partition(":")
        if kind in {"env", "file"} and not name:
            raise ValueError(f"{value} names nothing; write env:NAME or file:PATH")
        if kind == "env":
            if name not in self.env:
                raise ValueError(f"the environment variable {name} is not set; set it, or write file:PATH")
            found = self.env[name]
        elif kind == "file":
            found = self._read(name)
        else:
            return value
        if not found.strip():
            raise ValueError(f"{'the environment variable' if kind == 'env' else 'the file'} {name} is empty; fill it")
        return found.strip()

    def _read(self, name: str) -> str:
        try:
            with (self.folder / Path(name).expanduser()).open("rb") as file:
                return file.read(_MOST_BYTES).decode("utf-8")
        except (OSError, UnicodeDecodeError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            raise ValueError(f"the file {name} cannot be read ({reason}); mend that, or write env:NAME") from None


def signing_key(value: str) -> str:
    """A symmetric Standard Webhooks secret: "whsec_" and base64 (github.com/standard-webhooks, spec, "Secrets")."""
    try:
        key = base64.b64decode(value.removeprefix(_PREFIX), validate=True) if value.startswith(_PREFIX) else b""
    except binascii.Error:
        key = b""
    if not key:
        raise ValueError('this is no signing secret; write "whsec_" and then what `openssl rand -base64 32` prints')
    return value


def bot_token(value: str) -> str:
    """A Slack bot token (docs.slack.dev/authentication/tokens, "Bot tokens"), which is what may post as the app.

    Tokens of apps with token rotation ("xoxe.") end after twelve hours, and are refused for that.
    """
    if not value.startswith("xoxb-") or not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError(
            'this is no lasting Slack bot token; write the one that starts with "xoxb-" (api.slack.com/apps, your app, '
            '"OAuth & Permissions", "Bot User OAuth Token"), of an app without token rotation'
        )
    return value
