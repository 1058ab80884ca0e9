"""Files of entities that several configurations share: read, joined, checked, published and watched."""

from __future__ import annotations

import json
import os

import pytest

from worker import config
from worker.errors import ConfigError
from worker.model import Entity

SCREEN = '[[destinations]]\nname = "screen"\ntype = "console"\n'
SHARED = '[[entities]]\nfile = "people.toml"\n'
PEOPLE = """\
# the desk's people
[[entities]]
name = "jo-sample"
aliases = ["Jo Sample", "Джо Сэмпл"]
[[entities]]
name = "al-sample"
aliases = ["Al Sample"]
"""


def topic(query, more=""):
    return f"[[topics]]\nname = \"t\"\nquery = '{query}'\n{more}\n"


@pytest.fixture
def desk(tmp_path):
    """A folder with a wirewatch.toml of that text, and files beside it."""

    def write(text, **files):
        for name, body in files.items():
            path = tmp_path / f"{name}.toml"
            path.write_bytes(body if isinstance(body, bytes) else body.encode())
        path = tmp_path / "wirewatch.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def load(path):
    return config.load(path, env={})


def sentences(path):
    return [str(problem) for problem in config.problems(path, env={})]


# --- what is known -----------------------------------------------------------------------------------------------


def test_the_entities_of_a_file_are_known_besides_those_written_out(desk):
    own = '[[entities]]\nname = "own"\naliases = ["Own"]\n'
    path = desk(SCREEN + SHARED + own + topic("@jo-sample AND @own", 'parties = ["@al-sample"]'), people=PEOPLE)
    assert sentences(path) == []
    assert set(load(path).entities) == {
        Entity(name="own", aliases=("Own",)),
        Entity(name="jo-sample", aliases=("Jo Sample", "Джо Сэмпл")),
        Entity(name="al-sample", aliases=("Al Sample",)),
    }


def test_a_file_is_found_from_where_the_configuration_lies(desk, tmp_path, monkeypatch):
    (tmp_path / "lists").mkdir()
    (tmp_path / "lists" / "people.toml").write_text(PEOPLE)
    path = desk('[[entities]]\nfile = "lists/people.toml"\n')
    monkeypatch.chdir("/")
    assert [entity.name for entity in load(path).entities] == ["jo-sample", "al-sample"]


def test_what_is_defined_in_the_configuration_wins_wherever_it_stands(desk):
    own = '[[entities]]\nname = "Jo-Sample"\naliases = ["Joanna Sample"]\n'
    for text in (own + SHARED, SHARED + own):
        path = desk(text, people=PEOPLE)
        assert sentences(path) == []
        assert [entity.name for entity in load(path).entities] == ["Jo-Sample", "al-sample"]


def test_a_file_wins_over_the_bundled_list_in_either_order(desk):
    bundled, mine = '[[entities]]\nfile = "bundled:world"\n', '[[entities]]\nname = "nato"\naliases = ["Mine"]\n'
    for text in (bundled + SHARED, SHARED + bundled):
        path = desk(text, people=mine)
        assert sentences(path) == []
        found = {entity.name: entity.aliases for entity in load(path).entities}
        assert found["nato"] == ("Mine",)
        assert "putin" in found


def test_the_bundled_list_knows_the_names_of_the_documentation(desk):
    path = desk(
        SCREEN
        + '[[entities]]\nfile = "bundled:world"\n'
        + topic("@kim-jong-un NEAR/40 @putin", 'parties = ["@kremlin", "@kcna"]')
    )
    assert sentences(path) == []


# --- what is wrong -----------------------------------------------------------------------------------------------

WRONG = [
    (
        '[[entities]]\nname = "a"\naliases = []',
        "people.toml, line 3, entities[0].aliases: this list is empty; write at least one",
    ),
    (
        '[[entities]]\nname = "a"\naliases = [\n"x",\n"--"]',
        (
            "people.toml, line 3, entities[0].aliases[1]: an alias needs a letter or a digit, "
            "and has at most 200 characters; correct or remove it"
        ),
    ),
    (
        '[[entities]]\nname = "a"\naliases = ["x"]\n[[entities]]\nname = "A"\naliases = ["y"]',
        "people.toml, line 5, entities[1].name: entities[0] has the same name; remove or change one of the two",
    ),
    (
        '[[entities]]\nname = "a"\nalias = ["x"]\naliases = ["x"]',
        'people.toml, line 3, entities[0].alias: "alias" is not known; did you mean "aliases"?',
    ),
    (
        '[[entity]]\nname = "a"',
        'people.toml, line 1, entity: "entity" is not known in a file of entities; did you mean "entities"?',
    ),
    (
        "x = 1",
        'people.toml, line 1, x: "x" is not known in a file of entities; known here: entities',
    ),
    (
        '[[entities]]\nfile = "more.toml"',
        "people.toml, line 2, entities[0].file: a file of entities names no other; name it in wirewatch.toml",
    ),
    (
        '[[entities]]\nname = "a b"\naliases = ["x"]',
        (
            "people.toml, line 2, entities[0].name: an entity is used as @name; "
            'write letters, digits and hyphens, as in "kim-jong-un"'
        ),
    ),
    (b"\xff", "people.toml is not UTF-8 text; save it as UTF-8"),
    (b"#" * 10_000_001, "people.toml is larger than 10 MB; split it"),
    ("", "people.toml defines no entities; add some below headers [[entities]]"),
]


@pytest.mark.parametrize(("body", "sentence"), WRONG)
def test_a_mistake_in_a_file_is_one_sentence_with_the_file_and_the_line(desk, body, sentence):
    path = desk(SCREEN + SHARED, people=body)
    assert sentences(path) == [f"line 5, entities[0].file: {sentence}"]


def test_what_is_not_toml_is_placed_in_its_own_file(desk):
    (sentence,) = sentences(desk(SHARED, people='[[entities]]\nname = = "a"'))
    assert sentence.startswith("line 2, entities[0].file: people.toml, line 2, column ")
    assert sentence.endswith("; correct that spot")
    assert "(at line" not in sentence


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("people.toml", "people.toml cannot be read (No such file or directory); correct the path"),
        (".", ". cannot be read (Is a directory); correct the path"),
        ("a\\u0000b", r"'a\x00b' is no path; correct it"),
        ("~nobody-at-all/x", "'~nobody-at-all/x' is no path; correct it"),
        (
            "https://example.org/people.toml",
            "https://example.org/people.toml is on the web, and files of entities are read from disk; download it",
        ),
        ("bundled:wrold", 'no list called bundled:wrold comes with wirewatch; did you mean "bundled:world"?'),
        ("bundled:../../x", "no list called bundled:../../x comes with wirewatch; known here: bundled:world"),
    ],
)
def test_a_file_that_cannot_be_had_is_one_sentence_and_its_names_are_not_blamed(desk, place, sentence):
    path = desk(SCREEN + f'[[entities]]\nfile = "{place}"\n' + topic("@someone", 'parties = ["@someone"]'))
    assert sentences(path) == [f"line 5, entities[0].file: {sentence}"]
    with pytest.raises(ConfigError):
        load(path)


def test_a_name_whose_entry_is_wrong_is_not_unknown_too(desk):
    path = desk(SCREEN + SHARED + topic("@a"), people='[[entities]]\nname = "a"\naliases = []')
    assert len(sentences(path)) == 1


def test_the_same_name_in_two_files_names_both(desk):
    more = '[[entities]]\nfile = "more.toml"\n'
    path = desk(SHARED + more, people=PEOPLE, more='[[entities]]\nname = "al-sample"\naliases = ["Al"]')
    assert sentences(path) == [
        (
            'line 4, entities[1].file: people.toml and more.toml both define "al-sample"; '
            "remove it from one of them, or define it here, which wins"
        )
    ]
    own = '[[entities]]\nname = "al-sample"\naliases = ["Al"]\n'
    assert sentences(desk(SHARED + more + own)) == []


def test_the_same_file_twice_is_one_problem(desk):
    path = desk(SHARED + '[[entities]]\nfile = "./people.toml"\n', people=PEOPLE)
    assert sentences(path) == [
        "line 4, entities[1].file: entities[0] has the same file; remove or change one of the two"
    ]


def test_a_name_that_is_in_no_file_is_unknown_and_the_nearest_is_told(desk):
    path = desk(SCREEN + SHARED + topic("@jo-sampel", 'parties = ["@al-sampel"]'), people=PEOPLE)
    party, query = sorted(sentences(path), key=lambda sentence: "query" in sentence)
    assert party == 'line 9, topics[0].parties[0]: there is no entity "@al-sampel"; did you mean "@al-sample"?'
    assert "@jo-sampel is not a known entity" in query
    assert "@jo-sample" in query


def test_hundreds_of_names_are_counted_not_listed(desk):
    text = SCREEN + '[[entities]]\nfile = "bundled:world"\n' + topic("q", 'parties = ["@zzzzzzzz"]')
    (sentence,) = sentences(desk(text))
    assert sentence.endswith("known here is spelled like it")
    assert len(sentence) < 200


# --- edits, publishing, watching ---------------------------------------------------------------------------------


def test_edits_know_the_names_of_files(desk):
    path = desk(SCREEN + SHARED, people=PEOPLE)
    text = config.read_config(path)
    edited = config.add_topic(text, "new", "@jo-sample AND flood", folder=path.parent)
    assert config.remove_topic(edited, "new", folder=path.parent) == text
    with pytest.raises(ConfigError, match="@jo-sampel is not a known entity"):
        config.add_topic(text, "new", "@jo-sampel", folder=path.parent)
    assert 'url = "https://a.example/"' in config.add_feed(text, "https://a.example/", folder=path.parent)


def test_an_edit_without_the_folder_takes_the_names_in_files_on_trust():
    text = SCREEN + SHARED
    assert "@jo-sample" in config.add_topic(text, "new", "@jo-sample")
    with pytest.raises(ConfigError, match="not a known entity"):
        config.add_topic(SCREEN + '[[entities]]\nfile = "bundled:world"\n', "new", "@jo-sample")
    with pytest.raises(ConfigError, match="column"):
        config.add_topic(text, "new", "(@jo-sample")


def test_only_entities_that_a_topic_names_are_published(desk):
    own = '[[entities]]\nname = "idle"\naliases = ["Idle"]\n'
    bundled = '[[entities]]\nfile = "bundled:world"\n'
    path = desk(
        SCREEN + SHARED + own + bundled + topic("(@putin) NEAR flood", 'parties = ["@al-sample"]'), people=PEOPLE
    )
    settings = load(path)
    published = config.from_published(config.to_published(settings))
    assert {entity.name for entity in published.entities} == {"putin", "al-sample"}
    assert published.fingerprint == settings.fingerprint


def test_the_fingerprint_changes_with_an_alias_that_is_used_and_only_then(desk):
    path = desk(SCREEN + SHARED + topic("@jo-sample"), people=PEOPLE)
    before = load(path).fingerprint
    desk(path.read_text(), people=PEOPLE.replace('"Al Sample"', '"Al B. Sample"'))
    assert load(path).fingerprint == before
    desk(path.read_text(), people=PEOPLE.replace('"Jo Sample"', '"Jo B. Sample"'))
    assert load(path).fingerprint != before


def test_stemming_is_published_and_off_by_default(desk):
    path = desk(SCREEN + topic("flood", "stem = true") + topic("fire").replace('"t"', '"u"'))
    published = config.to_published(load(path))
    assert [row["stem"] for row in json.loads(published)["topics"]] == [True, False]
    assert [row.stem for row in config.from_published(published).topics] == [True, False]


@pytest.fixture
def watched(desk):
    """A configuration with an entity file and a feed list, and what watches them."""
    path = desk(SHARED + '[[feeds]]\nopml = "list.opml"\n[[entities]]\nfile = "bundled:world"\n', people=PEOPLE)
    (path.parent / "list.opml").write_text("<opml/>")
    return path, config.ConfigFiles(path)


def later(path):
    """Change the time of the last change, as any later edit does."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def test_a_change_of_any_file_is_seen_once(watched):
    path, files = watched
    seen = {files.stamp()}
    for name in ("wirewatch.toml", "people.toml", "list.opml"):
        later(path.parent / name)
        stamp = files.stamp()
        assert stamp not in seen, name
        assert files.stamp() == stamp
        seen.add(stamp)


def test_a_file_that_comes_or_goes_is_a_change(watched):
    path, files = watched
    there = files.stamp()
    (path.parent / "people.toml").rename(path.parent / "away.toml")
    gone = files.stamp()
    assert gone is not None
    assert gone != there
    (path.parent / "away.toml").rename(path.parent / "people.toml")
    assert files.stamp() == there


def test_files_named_by_a_later_version_are_watched_and_former_ones_are_not(watched):
    path, files = watched
    files.stamp()
    path.write_text('[[entities]]\nfile = "more.toml"\n')
    before = files.stamp()
    later(path.parent / "people.toml")
    assert files.stamp() == before
    (path.parent / "more.toml").write_text(PEOPLE)
    assert files.stamp() != before


def test_while_the_configuration_is_broken_its_former_files_are_watched(watched):
    path, files = watched
    files.stamp()
    path.write_text("[[entities")
    broken = files.stamp()
    later(path.parent / "people.toml")
    assert files.stamp() != broken


@pytest.mark.parametrize(
    "text",
    [
        'entities = 1\nfeeds = "x"',
        "entities = [1]\nfeeds = [{opml = 2}]",
        '[[entities]]\nfile = "~nobody-at-all/x"',
        "",
    ],
)
def test_strange_tables_do_not_stop_the_watching(desk, text):
    assert len(config.ConfigFiles(desk(text)).stamp()) == 1


def test_a_path_that_no_file_can_have_and_a_missing_configuration(desk, tmp_path):
    assert config.ConfigFiles(desk('[[entities]]\nfile = "a\\u0000b"')).stamp()[1:] == (None,)
    assert config.ConfigFiles(tmp_path / "none.toml").stamp() is None
