"""`[stories] model`: what `wirewatch check` says of it, and that nothing of it is loaded where none is named."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from worker.config import from_published, load, to_published
from worker.run.cli import main

REST = '[[topics]]\nname = "t"\nquery = "ferry"\n[[destinations]]\nname = "d"\ntype = "console"\n'


def config(folder: Path, model: str) -> Path:
    path = folder / "wirewatch.toml"
    path.write_text(f'[stories]\nmodel = "{model}"\n{REST}', "utf-8")
    return path


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    output = capsys.readouterr()
    return ended.value.code, output.out, output.err


def test_a_path_is_taken_from_the_file_and_a_name_is_left_as_it_is(tmp_path):
    (tmp_path / "here").mkdir()
    for written, meant in (
        ("./models/small", str(tmp_path / "models" / "small")),
        ("/models/small", "/models/small"),
        ("here", str(tmp_path / "here")),
        ("sentence-transformers/all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"),
    ):
        settings = load(config(tmp_path, written), env={})
        assert settings.story_model == meant
        assert from_published(to_published(settings)).story_model == meant
    (tmp_path / "wirewatch.toml").write_text(REST, "utf-8")
    assert load(tmp_path / "wirewatch.toml", env={}).story_model is None


def test_check_says_that_a_directory_holds_no_model(tmp_path, capsys):
    status, output, _ = run(capsys, "check", "--config", str(config(tmp_path, "./none")))
    assert status == 1
    assert output == (
        f"error: stories.model: {tmp_path}/none holds no model; name a directory with a config.json in it\n"
    )


def test_check_says_what_to_install_or_what_is_wrong_with_the_model(tmp_path, capsys):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}", "utf-8")
    status, output, _ = run(capsys, "check", "--config", str(config(tmp_path, "broken")))
    assert status == 1
    (line,) = output.splitlines()
    if find_spec("sentence_transformers") is None:
        assert 'run `pip install "wirewatch[embeddings]"`' in line
    else:
        assert f"{tmp_path}/broken cannot be loaded: " in line
    assert line.endswith("or remove this key")


@pytest.mark.parametrize("command", ["group", "replay"])
def test_a_command_that_would_use_the_model_says_the_same(tmp_path, capsys, command):
    (tmp_path / "a.jsonl").write_text('{"id": "1", "title": "ferry"}\n', "utf-8")
    path = str(config(tmp_path, "./none"))
    status, output, errors = run(capsys, command, str(tmp_path / "a.jsonl"), "--config", path)
    assert (status, output) == (1, "")
    assert errors.startswith("wirewatch: stories.model: ")
    assert len(errors.splitlines()) == 1


def test_a_wrong_key_names_the_right_one(tmp_path, capsys):
    path = tmp_path / "wirewatch.toml"
    path.write_text('[stories]\nmodle = "x"\n', "utf-8")
    _, output, _ = run(capsys, "check", "--config", str(path))
    assert 'stories.modle: "modle" is not known; did you mean "model"?' in output


def test_grouping_without_a_model_loads_nothing_of_one(tmp_path):
    articles = tmp_path / "a.jsonl"
    articles.write_text('{"id": "1", "title": "ferry"}\n', "utf-8")
    script = (
        "import sys, worker.run.watching\n"
        "from worker.run.cli import main\n"
        "try:\n"
        f"    main(['group', {str(articles)!r}])\n"
        "finally:\n"
        "    print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    answer, loaded = done.stdout.splitlines()
    assert json.loads(answer)["id"] == "1"
    assert loaded == "[]"
