"""`wirewatch alerts`: what was decided, how far it got, and sending it again."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.errors import WirewatchError
from worker.model import Reason
from worker.run.cli import complete
from worker.run.cli.common import AsJson, ConfigFile, count, moment, open_redis, print_json, show, start_of, text

if TYPE_CHECKING:  # loading it costs more than all of --help
    from worker.edge.store.outbox import Outbox


def _maybe_text(given: str | None) -> str | None:
    return text(given) if given else given


AlertId = Annotated[str, typer.Argument(metavar="ID", callback=text, help="As `wirewatch alerts list` shows it.")]
MaybeId = Annotated[
    str | None,
    typer.Argument(metavar="ID", callback=_maybe_text, help="As `alerts list` shows it."),
]
Destination = Annotated[
    str, typer.Argument(metavar="DESTINATION", help="The name of a destination.", autocompletion=complete.destinations)
]
Since = Annotated[
    str | None, typer.Option("--since", metavar="TIME", help="All that was decided so long ago or later, such as 2h.")
]
Dead = Annotated[bool, typer.Option("--dead", help="Dead letters: deliveries that were given up.")]


def register(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    group = typer.Typer(help="The alerts that were decided: list, show, resend, test.", no_args_is_help=True)
    group.command("list")(alerts_list)
    group.command("show")(alerts_show)
    group.command("resend")(alerts_resend)
    group.command("test")(alerts_test)
    app.add_typer(group, name="alerts")


def alerts_list(config: ConfigFile = None, as_json: AsJson = False, dead: Dead = False) -> None:
    """List the newest alerts, or the dead letters."""
    from worker.edge.store.outbox import Outbox

    outbox = Outbox(open_redis(config))
    if dead:
        empty = "no dead letters: nothing was given up"
        show(_dead_letters(outbox), as_json=as_json, empty=empty, below=("headline", "error"))
        return
    rows = []
    for alert in outbox.recent():
        states = {d.destination: d.state for d in outbox.deliveries(alert.id)}
        rows.append(
            {
                "id": alert.id,
                "created": moment(alert.created) if as_json else alert.created,
                "reason": alert.reason.value,
                "topic": alert.topic,
                "headline": alert.story.headline,
                "because": alert.sent_because,
                "sent": states if as_json else _summed_up(list(states.values())),
            }
        )
    columns = ("id", "created", "reason", "topic", "headline", "sent")
    empty = "no alerts yet; they are decided when an article matches a topic"
    show(rows, as_json=as_json, empty=empty, columns=columns, below=("headline",))


def _summed_up(states: list[str]) -> str:
    """The state that all have, or how many have which."""
    if not states:
        return "to nobody"
    different = dict.fromkeys(states)
    if len(different) == 1:
        return states[0]
    return ", ".join(f"{states.count(state)} {state}" for state in different)


def _dead_letters(outbox: Outbox) -> list[dict[str, Any]]:
    rows = []
    for address in outbox.dead():
        alert, delivery = outbox.alert(address.alert_id), outbox.delivery(address)
        if alert and delivery:
            rows.append(
                {
                    "id": alert.id,
                    "destination": address.destination,
                    "topic": alert.topic,
                    "headline": alert.story.headline,
                    "attempts": delivery.attempts,
                    "error": delivery.error,
                }
            )
    return rows


def alerts_show(alert_id: AlertId, config: ConfigFile = None, as_json: AsJson = False) -> None:
    """Show one alert and its deliveries.

    With --json it is the webhook payload, with "deliveries" and "judged" besides, as the API gives it.
    """
    from worker.alerts.console import console_text
    from worker.alerts.plain import plain
    from worker.edge.store.feedback import Feedback
    from worker.edge.store.outbox import Outbox
    from worker.edge.store.published import web_url
    from worker.run.web.api.recorded import alert_record

    connection = open_redis(config)
    outbox = Outbox(connection)
    alert = outbox.alert(alert_id)
    if alert is None:
        raise _unknown_alert(alert_id)
    deliveries = outbox.deliveries(alert_id)
    base_url = web_url(connection) or ""
    if as_json:
        judged = Feedback(connection).of([alert.id])
        print_json(alert_record(alert, deliveries, judged=judged.get(alert.id), base_url=base_url))
        return
    sys.stdout.write(console_text(alert, base_url=base_url) + "\n")
    for delivery in deliveries:
        error = f" ({plain(delivery.error)})" if delivery.error else ""
        attempts = count(delivery.attempts, "attempt")
        digest = f" in the digest {delivery.digest}" if delivery.digest else ""
        sys.stdout.write(f"{plain(delivery.destination)}: {delivery.state} after {attempts}{digest}{error}\n")


def alerts_resend(alert_id: MaybeId = None, since: Since = None, dead: Dead = False, config: ConfigFile = None) -> None:
    """Send an alert again, or many of them.

    To every destination it was for; with --dead only where it was given up. It keeps its id, so a receiver that checks
    ids knows it, and waits for no quiet hours, digest, mute or limit.
    """
    from worker.edge.store.outbox import Outbox

    if (alert_id is None) != (since is not None or dead):
        raise typer.BadParameter("name one alert by its ID, or many by --since or --dead")
    outbox = Outbox(open_redis(config))
    now = datetime.now(UTC)
    if alert_id is None:
        deliveries = sum(len(outbox.resend(one, now, names)) for one, names in _chosen(outbox, since, dead=dead))
        if not deliveries:
            raise WirewatchError("there is nothing to send again; see `wirewatch alerts list`")
        sys.stdout.write(f"{count(deliveries, 'delivery', 'deliveries')} to be made again\n")
        return
    if outbox.alert(alert_id) is None:
        raise _unknown_alert(alert_id)
    names = outbox.resend(alert_id, now)
    if not names:
        raise WirewatchError(f"the alert {alert_id} was for no destination; name some in its topic's notify")
    sys.stdout.write(f"{alert_id} goes out again to {', '.join(names)}\n")


def _chosen(outbox: Outbox, since: str | None, *, dead: bool) -> list[tuple[str, list[str]]]:
    """Alerts with the destinations they are to go to again (none named: all), the newest first."""
    start = start_of(since) if since else datetime.now(UTC) - timedelta(days=3650)
    if not dead:
        # What digests tell of goes out by itself.
        apart = {Reason.DIGEST, Reason.NOTICE}
        return [(alert.id, []) for alert in outbox.decided(start) if alert.reason not in apart]
    letters: dict[str, list[str]] = {}
    for address in outbox.dead():
        letters.setdefault(address.alert_id, []).append(address.destination)
    return [(alert.id, letters[alert.id]) for alert in outbox.decided(start) if alert.id in letters]


def alerts_test(destination: Destination, config: ConfigFile = None) -> None:
    """Send a test alert to a destination, now and directly."""
    from worker.run.testing import send_test_alert

    send_test_alert(config, destination)
    sys.stdout.write(f"{destination} took the test alert\n")


def _unknown_alert(alert_id: str) -> WirewatchError:
    return WirewatchError(f"there is no alert {alert_id}; see `wirewatch alerts list`")
