"""`wirewatch replay`: back-test the topics on articles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from worker.errors import ConfigError
from worker.run.cli.articles import Lines, stored
from worker.run.cli.common import AsJson, ConfigFile, count, print_json, start_of
from worker.run.cli.progress import Reading
from worker.run.cli.reading import called, complain

if TYPE_CHECKING:  # loading them costs more than all of --help
    from worker.config import Settings
    from worker.run.compare import Pair
    from worker.run.replay import Arrivals, Outcome, Silence

SINCE = "7d"
INTERRUPTED = 130


def register(app: typer.Typer) -> None:
    app.command()(replay)


def replay(
    articles: Annotated[
        Path | None,
        typer.Argument(
            metavar="ARTICLES.jsonl",
            help="Article lines in the order of their arrival, plain or gzip; - reads standard input.",
        ),
    ] = None,
    *,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help=f"In place of a file, how far back in the stored articles (default: {SINCE})."
        ),
    ] = None,
    compare: Annotated[
        Path | None,
        typer.Option(
            metavar="OTHER.toml", help="Show what another configuration sends besides, not, or at other times."
        ),
    ] = None,
    suppressed: Annotated[
        bool, typer.Option("--suppressed", help="Also show each matched article that told nobody, and why.")
    ] = False,
    config: ConfigFile = None,
    as_json: AsJson = False,
) -> None:
    """Show which alerts the topics would have sent.

    And how many messages, and why the other matched articles told nobody. Nothing is sent or stored.

    With --json each alert is one line, as its webhook payload. With --compare besides, a line has "change" (only_first,
    only_other, earlier, later, same), "seconds", and the payloads "first" and "other".
    """
    if articles is not None and since is not None:
        raise typer.BadParameter("give a file of articles or --since, not both", param_hint="--since")
    if compare and suppressed:
        raise typer.BadParameter("with --compare only what is sent is shown; leave it out", param_hint="--suppressed")
    from worker.run.replay import Arrivals

    back = since or SINCE
    start = start_of(back)
    settings, other = _loaded(config), _loaded(compare) if compare else None
    source = stored(start, config) if articles is None else Lines(articles)
    with Reading(source, "replaying", "articles", besides=not as_json) as reading:
        arrivals = Arrivals(reading, settings.articles_ttl)
        try:
            if other is None:
                _replay(settings, arrivals, reading.give_way, as_json=as_json, suppressed=suppressed)
            else:
                _compare(settings, other, arrivals, _names(config, compare), as_json=as_json)
        except KeyboardInterrupt:
            complain(f"stopped after {count(arrivals.articles, 'article')}; nothing was sent or stored")
            raise typer.Exit(INTERRUPTED) from None
    where = f"in {called(articles)}" if articles else f"stored in the last {back}"
    for doubt in _doubts(arrivals, where):
        complain(doubt)
    raise typer.Exit(int(isinstance(source, Lines) and source.bad))


def _loaded(config: Path | None) -> Settings:
    from worker.config import config_path, load

    settings = load(config, secrets_needed=False)
    if not settings.topics:
        raise ConfigError(f"{config_path(config)} watches no topics; add one with `wirewatch topics add`")
    return settings


def _names(config: Path | None, compare: Path | None) -> tuple[str, str]:
    """What the two are called: their names, or their paths where the names are the same."""
    from worker.config import config_path

    first, other = config_path(config), compare or config_path(config)
    return (first.name, other.name) if first.name != other.name else (str(first), str(other))


def _doubts(arrivals: Arrivals, where: str) -> list[str]:
    """What may make the answer another one than was asked for."""
    doubts = []
    if not arrivals.articles:
        doubts.append(f"there is no article {where}")
    elif not arrivals.dated:
        doubts.append("no article says when it was seen or published; add seen_at, or all count as of one moment")
    if arrivals.misplaced:
        number = count(arrivals.backwards, "article is", "articles are")
        doubts.append(
            f"{number} dated more than an hour before one ahead of them (the first: {arrivals.misplaced.id}); "
            "sort by seen_at, for articles count in the order of their arrival"
        )
    return doubts


def _replay(
    settings: Settings, arrivals: Arrivals, give_way: Callable[[], None], *, as_json: bool, suppressed: bool
) -> None:
    from worker.run.cli import replayed
    from worker.run.replay import Backtest, Told

    test = Backtest(settings)
    for outcome in test.run(arrivals):
        if not suppressed and not isinstance(outcome, Told):
            continue
        give_way()
        if as_json:
            print_json(_json(outcome, _base_url(settings)), indent=None)
        else:
            replayed.show(outcome)
    if not as_json:
        replayed.show_sums(test, arrivals.articles)


def _compare(first: Settings, other: Settings, arrivals: Arrivals, names: tuple[str, str], *, as_json: bool) -> None:
    from worker.run.cli import replayed
    from worker.run.compare import Comparison

    comparison = Comparison(first, other)
    pairs = comparison.run(arrivals)
    if not as_json:
        replayed.show_pairs(pairs, comparison.tests, names, arrivals.articles)
        return
    for pair in pairs:
        print_json(_pair(pair, first, other), indent=None)


def _pair(pair: Pair, first: Settings, other: Settings) -> dict[str, Any]:
    return {
        "change": pair.shift.value,
        "seconds": round(pair.by.total_seconds()),
        "first": _json(pair.first, _base_url(first)) if pair.first else None,
        "other": _json(pair.other, _base_url(other)) if pair.other else None,
    }


def _base_url(settings: Settings) -> str:
    return f"http://{settings.web_host}:{settings.web_port}"


def _json(outcome: Outcome, base_url: str) -> Mapping[str, Any]:
    from worker.alerts.payload import webhook_payload
    from worker.run.replay import Told

    return webhook_payload(outcome.alert, base_url=base_url) if isinstance(outcome, Told) else _silence(outcome)


def _silence(silence: Silence) -> dict[str, Any]:
    from worker.alerts.payload import rfc3339

    article = silence.article
    return {
        "type": "suppressed",
        "timestamp": rfc3339(silence.at),
        "data": {
            "topic": silence.topic,
            "kind": silence.kind,
            "because": silence.why,
            "story": {"id": silence.story_id, "headline": silence.headline},
            "article": {
                "id": article.id,
                "title": article.title,
                "url": article.url,
                "source": {"domain": article.source.domain, "name": article.source.name},
            },
        },
    }
