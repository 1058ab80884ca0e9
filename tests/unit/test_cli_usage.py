"""The command line itself: help everywhere, wrong usage, errors of the configuration, and edits of the file."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import pytest
import typer.main
from support.answers import one_sentence

from worker import __version__
from worker.run.cli import app
from worker.run.cli.sections import SECTIONS

WANTED = {
    *("demo", "init", "check", "up", "scheduler", "worker", "web", "feeds", "topics", "stories", "alerts", "articles"),
    *("status", "doctor", "parse", "clean", "match", "group"),
}


def commands(group=None, path=()):
    """Every command and group below, with the words that lead to it."""
    group = group or typer.main.get_command(app)
    for name, command in group.commands.items():
        yield (*path, name), command
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))


COMMANDS = dict(commands())


# --- help ---------------------------------------------------------------------------------------------------------


def test_every_command_is_in_a_section_of_the_help():
    top = [path[0] for path in COMMANDS if len(path) == 1]
    listed = [name for names in SECTIONS.values() for name in names]
    assert sorted(listed) == sorted(top)
    assert set(top) >= WANTED


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_help_is_there_for_every_command_and_option(path, cli):
    for flag in ("--help", "-h"):
        status, output, errors = cli(*path, flag)
        assert (status, errors) == (0, "")
        assert output.startswith(f"Usage: wirewatch {' '.join(path)} ")
        assert "Traceback" not in output
    command = COMMANDS[path]
    assert all(parameter.help for parameter in command.params)
    summary = command.get_short_help_str(60)
    assert summary[0].isupper()
    assert summary.endswith(".")
    assert not summary.endswith("..."), "the first sentence fits one line of the list of commands"


def test_the_whole_help_fits_a_terminal(cli):
    status, output, _ = cli("--help")
    assert status == 0
    assert max(map(len, output.splitlines())) <= 80
    assert all(f"\n{heading}:\n" in output for heading in SECTIONS)
    assert cli()[0] == 2, "no command is wrong usage, and shows the help"


def test_the_version_is_told(cli):
    assert cli("--version") == (0, f"wirewatch {__version__}\n", "")


def test_help_loads_none_of_the_heavy_parts():
    heavy = {"redis", "rq", "pydantic", "rich", "asyncio", "lxml", "trafilatura", "httpx2", "starlette", "lark"}
    code = (
        "import sys\nfrom worker.run.cli import main\n"
        "try:\n main(['--help'])\nexcept SystemExit:\n pass\n"
        f"print(sorted({heavy!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stderr == "[]\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("feed",),
        ("feeds", "lst"),
        ("topics", "add", "only a name"),
        ("worker", "both"),
        ("worker", "ingest", "-n", "0"),
        ("demo", "--exit-after-alerts", "some"),
        ("demo", "--listen", "somewhere"),
        ("demo", "--listen", "0.0.0.0:8080"),
        ("status", "--nothing"),
        ("alerts", "show"),
        ("alerts", "resend", "not\udcfftext"),
        ("stories", "show", "not\udcfftext"),
        ("articles", "show", "not\udcfftext"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_a_few_lines_and_status_2(arguments, cli):
    status, output, errors = cli(*arguments)
    assert (status, output) == (2, "")
    assert "Traceback" not in errors
    assert errors.startswith("Usage: wirewatch ")
    assert len(errors.splitlines()) <= 6


# --- init and check -----------------------------------------------------------------------------------------------


def test_init_writes_a_file_that_check_likes_and_never_overwrites_it(cli, tmp_path):
    status, output, errors = cli("init")
    assert (status, errors) == (0, "")
    assert "wirewatch check" in output
    status, output, errors = cli("check")
    assert (status, errors) == (0, "")
    assert output.endswith("no errors\n")
    file = tmp_path / "wirewatch.toml"
    file.write_text("# mine\n", "utf-8")
    assert "wirewatch.toml exists already" in one_sentence(cli("init"))
    assert file.read_text("utf-8") == "# mine\n"
    assert cli("init", "--force")[0] == 0
    assert tomllib.loads(file.read_text("utf-8"))["topics"]


def test_init_where_nothing_can_be_written_is_one_sentence(cli):
    assert "cannot be written" in one_sentence(cli("init", "--config", "missing/wirewatch.toml"))


def test_check_puts_a_caret_under_the_spot_of_a_bad_query(cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text(
        '[[topics]]\nname = "t"\nquery = "kim AND"\n[[destinations]]\nname = "c"\ntype = "console"\n', "utf-8"
    )
    status, output, errors = cli("check")
    assert (status, errors) == (1, "")
    sentence, query, caret = output.splitlines()
    assert sentence.startswith("error: wirewatch.toml line 3, topics[0].query: ")
    assert (query, caret.strip()) == ("kim AND", "^")


def test_check_names_file_line_and_column_of_broken_toml(cli, tmp_path):
    (tmp_path / "mine.toml").write_text('[web]\nlisten "127.0.0.1:1"\n', "utf-8")
    status, output, errors = cli("check", "--config", "mine.toml")
    assert (status, errors) == (1, "")
    assert output.startswith("error: mine.toml line 2, column 8: this is not TOML: ")
    assert output.count("line 2") == output.count("\n") == 1


def test_warnings_alone_keep_status_0(cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text('[[topics]]\nname = "t"\nquery = "ferry"\n', "utf-8")
    status, output, _ = cli("check")
    assert status == 0
    warning, summary = output.splitlines()
    assert warning.startswith("warning: wirewatch.toml: there are no [[destinations]]")
    assert summary == "wirewatch.toml: 0 feeds, 1 topic, 0 destinations, no errors, 1 warning"


# --- errors of the surroundings -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("feeds", "list"),
        ("stories", "list"),
        ("alerts", "show", "x"),
        ("articles", "list"),
        ("topics", "list"),
        ("feeds", "add", "https://x.example/"),
        ("check",),
        ("match",),
    ],
    ids=" ".join,
)
def test_a_missing_file_is_one_sentence(arguments, cli):
    assert "wirewatch init" in one_sentence(cli(*arguments))


@pytest.mark.parametrize(
    "arguments", [("topics", "list"), ("alerts", "test", "x"), ("feeds", "add", "https://x.example/")], ids=" ".join
)
def test_broken_toml_is_one_sentence(arguments, cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text("[redis\n", "utf-8")
    assert "this is not TOML" in one_sentence(cli(*arguments))


def test_a_missing_environment_variable_is_one_sentence(cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text('[web]\npassword = "env:NOT_SET_AT_ALL"\n', "utf-8")
    assert "environment variable NOT_SET_AT_ALL is not set" in one_sentence(cli("alerts", "test", "x"))
    assert cli("topics", "list")[0] == 0  # what sends nothing needs no secret


def test_a_test_alert_to_nobody_is_one_sentence(cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text('[[destinations]]\nname = "desk"\ntype = "console"\n', "utf-8")
    sentence = one_sentence(cli("alerts", "test", "dsk"))
    assert "no destination dsk" in sentence
    assert "desk" in sentence


# --- editing the file ---------------------------------------------------------------------------------------------

COMMENTED = """# my feeds
[[feeds]]
url = "https://a.example/rss"  # the first

# what I watch
[[topics]]
name = "Ferries"  # of the islands
query = "ferry"

# who is told
[[destinations]]
name = "desk"
type = "console"
"""


def test_adding_and_removing_keeps_every_comment(cli, tmp_path):
    file = tmp_path / "wirewatch.toml"
    file.write_text(COMMENTED, "utf-8")
    steps = [
        ("feeds", "add", "https://b.example/rss", "--name", "B", "--as-is"),
        ("topics", "add", "Storks", 'stork* AND "sample village"'),
    ]
    for step in steps:
        status, output, errors = cli(*step)
        assert (status, errors) == (0, "")
        assert output == f"added {step[2]} to wirewatch.toml\n"
    found = tomllib.loads(file.read_text("utf-8"))
    assert found["feeds"][1] == {"url": "https://b.example/rss", "name": "B"}
    assert found["topics"][1] == {"name": "Storks", "query": 'stork* AND "sample village"'}
    assert set(COMMENTED.splitlines()) <= set(file.read_text("utf-8").splitlines())
    assert cli("feeds", "remove", "https://b.example/rss")[0] == 0
    assert cli("topics", "remove", "Storks")[0] == 0
    assert file.read_text("utf-8") == COMMENTED
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wirewatch.toml"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("feeds", "add", "ftp://a.example/rss"),
        ("feeds", "add", "https://a.example/rss"),
        ("feeds", "add", "https://c.example/rss", "--name", ""),
        ("feeds", "remove", "https://unknown.example/"),
        ("topics", "add", "Ferries", "boat"),
        ("topics", "add", "", "boat"),
        ("topics", "remove", "Ferry"),
        ("topics", "add", "Bad", "NOT boat"),
    ],
    ids=" ".join,
)
def test_a_bad_edit_is_refused_and_the_file_stays(arguments, cli, tmp_path):
    file = tmp_path / "wirewatch.toml"
    file.write_text(COMMENTED, "utf-8")
    status, output, errors = cli(*arguments)
    assert (status, output) == (1, "")
    assert errors.startswith("wirewatch: ")
    assert "Traceback" not in errors
    assert file.read_text("utf-8") == COMMENTED


def test_an_edit_keeps_the_mode_of_the_file_and_follows_a_link(cli, tmp_path):
    real = tmp_path / "real.toml"
    real.write_text(COMMENTED, "utf-8")
    real.chmod(0o640)
    (tmp_path / "wirewatch.toml").symlink_to(real)
    assert cli("feeds", "add", "https://b.example/rss", "--as-is")[0] == 0
    assert (tmp_path / "wirewatch.toml").is_symlink()
    assert "https://b.example/rss" in real.read_text("utf-8")
    assert real.stat().st_mode & 0o777 == 0o640


def test_topics_list_reads_the_file_alone(cli, tmp_path):
    (tmp_path / "wirewatch.toml").write_text(COMMENTED, "utf-8")
    status, output, errors = cli("topics", "list")
    assert (status, errors) == (0, "")
    assert output.splitlines()[1].split() == ["Ferries", "ferry", "all", "1"]
    (tmp_path / "wirewatch.toml").write_text("", "utf-8")
    assert cli("topics", "list") == (0, "", "no topics yet; add one with `wirewatch topics add NAME QUERY`\n")
