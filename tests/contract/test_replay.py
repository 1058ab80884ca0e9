"""`wirewatch replay`: the recorded day as article lines, and what would have been sent."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from support.eval_alerts import STREAM
from support.processes import on_terminal
from support.topics import TOPIC

from worker.run.cli import main
from worker.run.newswire.content import load
from worker.run.supervisor import command

DAY = datetime(2026, 9, 11, tzinfo=UTC)
DESTINATION = '\n[[destinations]]\nname = "desk"\ntype = "console"\n[[destinations]]\nname = "hook"\ntype = "console"\n'


def lines():
    for item in load().items:
        at = DAY + timedelta(minutes=item.minute)
        yield {
            "id": item.key,
            "url": f"http://{item.outlet}.localhost{item.path}",
            "title": item.title,
            "text": "\n\n".join(item.paragraphs),
            "summary": item.summary,
            "published": (item.archived or at).isoformat(),
            "seen_at": at.isoformat(),
            "source": {"domain": f"{item.outlet}.localhost", "name": None},
        }


@pytest.fixture
def replay(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(*arguments, articles=None, config=TOPIC + DESTINATION):
        (tmp_path / "wirewatch.toml").write_text(config, "utf-8")
        text = "\n".join(json.dumps(line) for line in (lines() if articles is None else articles))
        (tmp_path / "articles.jsonl").write_text(text, "utf-8")
        with pytest.raises(SystemExit) as ended:
            main(["replay", "articles.jsonl", *arguments])
        output = capsys.readouterr()
        return ended.value.code, output.out, output.err

    return run


def test_the_day_gives_three_alerts_in_order_as_webhook_payloads(replay):
    status, output, errors = replay("--json")
    assert (status, errors) == (0, "")
    payloads = [json.loads(line) for line in output.splitlines()]
    assert [payload["type"] for payload in payloads] == ["alert.new_story", "alert.confirmed", "alert.confirmed"]
    assert [payload["timestamp"] for payload in payloads] == [
        "2026-09-11T08:49:00Z",
        "2026-09-11T11:12:00Z",
        "2026-09-11T13:05:00Z",
    ]
    assert len({payload["data"]["story"]["id"] for payload in payloads}) == 1
    assert payloads[0]["data"]["story"]["independent_sources"] == 1


def test_a_person_reads_each_alert_why_and_how_many_messages(replay):
    status, output, errors = replay()
    assert (status, errors) == (0, "")
    assert "2026-09-11 08:49Z  new_story  Kim-Putin summit: Armoured train leaves Pyongyang" in output
    assert '    first report of this story: "' in output
    assert f"3 alerts, 6 messages, from 12 matched articles of {len(load().items)}\n" in output
    assert "a copy 4" in output
    assert "stale 1" in output


def test_a_turn_of_events_is_shown_with_what_is_new_and_who_carries_it(replay):
    articles = [
        {
            "id": told.article.id,
            "title": told.article.title,
            "text": told.article.text,
            "seen_at": told.article.seen_at.isoformat(),
            "source": {"domain": told.article.source.domain, "name": None},
        }
        for told in STREAM
    ]
    ferries = '[[topics]]\nname = "Ferries"\nquery = "ferry"\nsources = [1, 3]\n'
    _, output, _ = replay("--json", articles=articles, config=ferries + DESTINATION)
    turns = [json.loads(line) for line in output.splitlines() if "a turn of this story" in line]
    assert [turn["type"] for turn in turns] == ["alert.corroborated"] * 3
    assert turns[1]["data"]["alert"]["sent_because"] == (
        '3 independent sources now carry a turn of this story: "charged" (gamma.example, alpha.example, beta.example): '
        '"Ferry pilot charged, Quay Specimen relieved"'
    )
    assert len({turn["data"]["story"]["id"] for turn in turns}) == 1
    _, output, _ = replay(articles=articles, config=ferries + DESTINATION)
    assert output.count("3 independent sources now carry a turn of this story") == 3


def test_it_is_deterministic_and_the_same_article_twice_changes_nothing(replay):
    twice = [line for line in lines() for _ in range(2)]
    assert replay("--json")[1] == replay("--json", articles=twice)[1]


def test_quiet_hours_hold_the_moment_back(replay):
    quiet = TOPIC.replace("sources = [1, 3]", 'sources = [1, 3]\nquiet = "08:00-12:00 UTC"')
    _, output, _ = replay("--json", config=quiet + DESTINATION)
    stamps = [json.loads(line)["timestamp"] for line in output.splitlines()]
    assert stamps == ["2026-09-11T12:00:00Z", "2026-09-11T12:00:00Z", "2026-09-11T13:05:00Z"]


def test_only_those_named_in_notify_are_counted(replay):
    one = TOPIC.replace("sources = [1, 3]", 'sources = [1, 3]\nnotify = ["desk"]')
    assert "3 alerts, 3 messages" in replay(config=one + DESTINATION)[1]


def test_a_bad_line_costs_itself_only(replay):
    status, output, errors = replay("--json", articles=[{"id": "x"}, *lines(), {"id": "y", "title": 5}])
    assert status == 1
    assert len(output.splitlines()) == 3
    assert [line.split(": ")[1] for line in errors.splitlines()] == ["line 1", f"line {len(load().items) + 2}"]


def test_secrets_that_are_not_at_hand_do_not_matter(replay):
    hook = '\n[[destinations]]\nname = "h"\ntype = "webhook"\nurl = "https://example.org/h"\nsecret = "env:NOT_SET"\n'
    assert replay("--json", config=TOPIC + hook)[0] == 0


# --- what told nobody ---------------------------------------------------------------------------------------------


def test_each_topic_says_what_became_of_its_articles(replay):
    _, output, _ = replay()
    assert "Kim-Putin summit: 3 alerts, 6 messages, from 12 matched articles\n    told nobody: " in output
    counts = output.partition("told nobody: ")[2].splitlines()[0]
    assert sum(int(part.rpartition(" ")[2]) for part in counts.split(", ")) == 12 - 3


def test_on_request_every_article_that_told_nobody_is_shown_with_the_reason(replay):
    _, output, _ = replay("--suppressed")
    silent = [line for line in output.splitlines() if "Z  nobody  Kim-Putin summit: " in line]
    assert len(silent) == 12 - 3
    assert any(".localhost: a copy of the report by " in line for line in output.splitlines())
    status, output, _ = replay("--json", "--suppressed")
    answers = [json.loads(line) for line in output.splitlines()]
    assert status == 0
    assert [answer["timestamp"] for answer in answers] == sorted(answer["timestamp"] for answer in answers)
    quiet = [answer["data"] for answer in answers if answer["type"] == "suppressed"]
    assert len(quiet) == 12 - 3
    assert len(answers) == 12
    assert {part["topic"] for part in quiet} == {"Kim-Putin summit"}
    assert all(part["because"].startswith(part["kind"]) for part in quiet)
    known = {line["id"] for line in lines()}
    assert all(part["article"]["id"] in known and part["story"]["id"] for part in quiet)


def test_an_alert_held_by_quiet_hours_says_since_when(replay):
    quiet = TOPIC.replace("sources = [1, 3]", 'sources = [1, 3]\nquiet = "08:00-12:00 UTC"')
    _, output, _ = replay(config=quiet + DESTINATION)
    assert "2026-09-11 12:00Z  new_story" in output
    assert "    held by quiet hours since 2026-09-11 08:49Z\n" in output
    assert "3 alerts, 6 messages, 2 held by quiet hours, from 12 matched articles" in output


# --- two configurations -------------------------------------------------------------------------------------------


@pytest.fixture
def compare(replay, tmp_path):
    def run(other, *arguments, config=TOPIC + DESTINATION):
        (tmp_path / "other.toml").write_text(other, "utf-8")
        status, output, errors = replay("--compare", "other.toml", *arguments, config=config)
        assert (status, errors) == (0, "")
        return output

    return run


def test_two_configurations_that_mean_the_same_differ_in_nothing(compare):
    output = compare(TOPIC + DESTINATION)
    assert output.startswith("the same in both: 3 alerts\n")
    assert {json.loads(line)["change"] for line in compare(TOPIC + DESTINATION, "--json").splitlines()} == {"same"}


# Without parties nobody's word is an alert, and with one rung only the first report is.
FIRST_REPORT_ONLY = TOPIC.replace('parties = ["@kremlin", "@kcna"]', "").replace("[1, 3]", "[1]")
ONE_DESTINATION = '\n[[destinations]]\nname = "desk"\ntype = "console"\n'


def test_what_only_one_sends_is_told_with_the_messages_of_both(compare):
    output = compare(FIRST_REPORT_ONLY + ONE_DESTINATION)
    assert "only wirewatch.toml sends: 2 alerts\n2026-09-11 11:12Z  confirmed  Kim-Putin summit: " in output
    assert "only other.toml sends" not in output
    assert "the same in both: 1 alert\n" in output
    rows = [line.split() for line in output.splitlines()]
    assert ["all", "topics", "wirewatch.toml", "12", "3", "6"] in rows
    assert ["all", "topics", "other.toml", "12", "1", "1"] in rows
    output = compare(TOPIC + DESTINATION, config=FIRST_REPORT_ONLY + ONE_DESTINATION)
    assert "only other.toml sends: 2 alerts\n2026-09-11 11:12Z  confirmed  Kim-Putin summit: " in output


def test_the_same_news_from_another_first_report_is_later_not_another_alert(compare):
    # A narrower query opens the story with a later report, so that the story has another id.
    narrow = TOPIC.replace("(summit OR meet* OR talks OR visit* OR train)", "Kremlin")
    pairs = [json.loads(line) for line in compare(narrow + DESTINATION, "--json").splitlines()]
    opened = next(pair for pair in pairs if pair["first"] and pair["first"]["type"] == "alert.new_story")
    assert opened["change"] == "later"
    assert opened["other"]["type"] == "alert.new_story"
    assert opened["other"]["data"]["story"]["id"] != opened["first"]["data"]["story"]["id"]
    stamps = [datetime.fromisoformat(opened[side]["timestamp"]) for side in ("first", "other")]
    assert opened["seconds"] == (stamps[1] - stamps[0]).total_seconds() > 0


def test_quiet_hours_of_the_other_make_its_alerts_later(compare):
    quiet = TOPIC.replace("sources = [1, 3]", 'sources = [1, 3]\nquiet = "08:00-12:00 UTC"')
    output = compare(quiet + DESTINATION)
    assert "other.toml sends earlier or later: 2 alerts" in output
    assert "    3 h 11 min later: 2026-09-11 12:00Z\n" in output
    assert "the same in both: 1 alert\n" in output


def test_with_several_topics_each_has_its_own_sums_and_one_that_only_one_knows_has_none_in_the_other(compare):
    more = '\n[[topics]]\nname = "Trains"\nquery = "armoured train"\n'
    rows = [line.split() for line in compare(TOPIC + more + DESTINATION).splitlines()]
    assert ["Trains", "wirewatch.toml", "0", "0", "0"] in rows
    assert ["Kim-Putin", "summit", "wirewatch.toml", "12", "3", "6"] in rows
    assert ["Kim-Putin", "summit", "other.toml", "12", "3", "6"] in rows
    (trains,) = [row for row in rows if row[:2] == ["Trains", "other.toml"]]
    assert int(trains[2]) > 0


# --- what may be given --------------------------------------------------------------------------------------------


def test_a_compressed_file_is_read_as_it_is(replay, tmp_path, capsys):
    plain = replay("--json")[1]
    (tmp_path / "day.gz").write_bytes(gzip.compress((tmp_path / "articles.jsonl").read_bytes()))
    with pytest.raises(SystemExit) as ended:
        main(["replay", "day.gz", "--json"])
    assert (ended.value.code, capsys.readouterr().out) == (0, plain)


def told(replay, tmp_path, capsys, *arguments):
    """Status and the last sentence, with the files of an ordinary replay at hand."""
    replay()
    with pytest.raises(SystemExit) as ended:
        main(["replay", *arguments])
    return ended.value.code, capsys.readouterr().err.splitlines()[-1]


def test_a_damaged_file_is_one_sentence(replay, tmp_path, capsys):
    day = gzip.compress("\n".join(json.dumps(line) for line in lines()).encode())
    (tmp_path / "cut.gz").write_bytes(day[: len(day) // 2])
    status, sentence = told(replay, tmp_path, capsys, "cut.gz", "--json")
    assert status == 1
    assert sentence.startswith("wirewatch: cut.gz cannot be read beyond ")
    assert sentence.endswith("the compressed data is damaged or cut short; fetch or pack the file again")


def test_a_file_of_one_endless_line_is_one_sentence_and_not_held_in_memory(replay, tmp_path, capsys):
    with (tmp_path / "endless.jsonl").open("wb") as file:
        file.truncate(2**36)  # 64 GB that take no room on the disk
    status, sentence = told(replay, tmp_path, capsys, "endless.jsonl")
    assert status == 1
    assert sentence.startswith("wirewatch: line 1 of endless.jsonl is longer than 64 MB; write one JSON object a line")


def test_an_empty_file_is_told(replay):
    assert replay("--json", articles=[]) == (0, "", "wirewatch: there is no article in articles.jsonl\n")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("none.jsonl",), "wirewatch: none.jsonl cannot be read: No such file or directory"),
        (("articles.jsonl", "--compare", "none.toml"), "wirewatch: there is no file none.toml; "),
        (("articles.jsonl", "--config", "none.toml"), "wirewatch: there is no file none.toml; "),
        (("articles.jsonl", "--compare", "empty.toml"), "wirewatch: empty.toml watches no topics; add one with "),
    ],
)
def test_a_file_that_is_not_there_or_watches_nothing_is_one_sentence(replay, tmp_path, capsys, arguments, sentence):
    (tmp_path / "empty.toml").write_text("", "utf-8")
    status, found = told(replay, tmp_path, capsys, *arguments)
    assert status == 1
    assert found.startswith(sentence)


@pytest.mark.parametrize("arguments", [("--since", "7d"), ("--compare", "wirewatch.toml", "--suppressed")])
def test_what_cannot_go_together_is_wrong_usage(replay, arguments):
    assert replay(*arguments)[0] == 2


def test_articles_out_of_order_are_told_and_the_clock_is_not_set_back(replay):
    status, output, errors = replay("--json", articles=reversed(list(lines())))
    assert status == 0
    last = max(line["seen_at"] for line in lines())
    stamps = {json.loads(line)["timestamp"] for line in output.splitlines()}
    assert stamps == {datetime.fromisoformat(last).strftime("%Y-%m-%dT%H:%M:%SZ")}
    assert "dated more than an hour before one ahead of them" in errors
    assert errors.endswith("sort by seen_at, for articles count in the order of their arrival\n")
    assert len(errors.splitlines()) == 1


def test_articles_without_any_time_are_told(replay):
    timeless = [{key: value for key, value in line.items() if key not in {"seen_at", "published"}} for line in lines()]
    status, output, errors = replay(articles=timeless)
    assert status == 0
    assert output.startswith("(no time)  new_story  Kim-Putin summit: ")
    assert errors.startswith("wirewatch: no article says when it was seen or published; add seen_at")


# --- the command as a process -------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [("--json", "--suppressed"), (), ("--compare", "wirewatch.toml")])
def test_the_same_input_gives_the_same_bytes_whatever_the_hashes(replay, tmp_path, arguments):
    replay()
    answers = {
        subprocess.run(
            [*command(), "replay", "articles.jsonl", *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            timeout=120,
        ).stdout
        for seed in ("0", "1")
    }
    assert len(answers) == 1
    assert answers.pop()


def test_ctrl_c_ends_it_with_a_sentence(replay, tmp_path):
    replay()
    with subprocess.Popen(
        [*command(), "replay", "-", "--json"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        first = next(line for line in lines() if line["title"].startswith("Armoured train leaves"))
        process.stdin.write(json.dumps(first).encode() + b"\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["type"] == "alert.new_story", "it is told as soon as it is read"
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == b"wirewatch: stopped after 1 article; nothing was sent or stored\n"
        assert process.wait(60) == 130


def test_the_bar_is_on_a_terminal_only_and_gives_way_where_a_pipe_may_lead_to_a_pager(replay, tmp_path):
    plain = replay("--json")[1]
    done, shown = on_terminal("replay", "articles.jsonl", "--json", stdout=subprocess.PIPE, cwd=tmp_path)
    assert done.stdout.decode() == plain
    assert b"replaying" in shown
