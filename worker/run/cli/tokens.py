"""`wirewatch tokens`: who may use the API."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from worker.edge.scope import Scope
from worker.errors import WirewatchError
from worker.run.cli.common import AsJson, ConfigFile, moment, open_redis, show, text

Name = Annotated[str, typer.Argument(metavar="NAME", callback=text, help="Who or what uses it.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(help="Tokens for programs that use the API: create, list, revoke.", no_args_is_help=True)
    group.command("create")(tokens_create)
    group.command("list")(tokens_list)
    group.command("revoke")(tokens_revoke)
    app.add_typer(group, name="tokens")


def tokens_create(
    name: Name,
    scope: Annotated[
        Scope, typer.Option("--scope", help="read: look at everything. write: also mute, acknowledge, resend, judge.")
    ] = Scope.READ,
    config: ConfigFile = None,
) -> None:
    """Make a token and show it, this once.

    It stands alone on standard output. Send it as `Authorization: Bearer TOKEN`.
    """
    from worker.edge.store.tokens import Tokens

    token = Tokens(open_redis(config)).create(name, scope, datetime.now(UTC))
    if token is None:
        raise WirewatchError(f"there is a token {name} already; revoke it, or choose another name")
    sys.stdout.write(token + "\n")
    sys.stdout.flush()
    sys.stderr.write("keep it well: it is not shown again, and only its digest is stored\n")


def tokens_list(config: ConfigFile = None, as_json: AsJson = False) -> None:
    """List the tokens, without what opens with them."""
    from worker.edge.store.tokens import Tokens

    rows = []
    for token in Tokens(open_redis(config)).all():
        times = {"created": token.created, "last_used": token.used}
        told = {name: moment(at) for name, at in times.items()} if as_json else times
        rows.append({"name": token.name, "scope": token.scope.value, **told})
    show(rows, as_json=as_json, empty="no tokens yet; wirewatch tokens create NAME makes one")


def tokens_revoke(name: Name, config: ConfigFile = None) -> None:
    """Make a token void at once."""
    from worker.edge.store.tokens import Tokens

    if not Tokens(open_redis(config)).revoke(name):
        raise WirewatchError(f"there is no token {name}; see `wirewatch tokens list`")
    sys.stdout.write(f"{name} is void from now on\n")
