"""Secrets show themselves only to who asks for them by name."""

from __future__ import annotations

import dataclasses
import json
import logging
from pathlib import Path

import pytest
from pydantic import SecretStr as PydanticSecretStr
from pydantic import TypeAdapter

from worker.config import Settings
from worker.model import DestinationSpec, Feed
from worker.secret import SecretStr

CANARY = "canary-of-a-secret"
SPEC = DestinationSpec(
    name="hook",
    type="webhook",
    url=SecretStr(f"https://hook.example/{CANARY}"),
    secret=SecretStr(CANARY),
    former_secret=SecretStr(CANARY),
    token=SecretStr(CANARY),
)
FEED = Feed(url="https://a.example/", name="A", headers=(("Authorization", SecretStr(CANARY)),))
SETTINGS = Settings(
    storage_dir=Path("/srv"),
    redis_url=SecretStr(f"redis://:{CANARY}@db.example/0"),
    web_password=SecretStr(CANARY),
    feeds=(FEED,),
    destinations=(SPEC,),
)


@pytest.mark.parametrize("record", [SPEC, FEED, SETTINGS, SPEC.token, [SPEC]], ids=lambda one: type(one).__name__)
@pytest.mark.parametrize(
    "shown",
    [str, repr, "{}".format, lambda one: f"{one}", lambda one: f"{one!r:>80}"],
    ids=["str", "repr", "format", "f-string", "padded"],
)
def test_no_way_of_writing_a_record_shows_a_secret(record, shown):
    assert CANARY not in shown(record)


def test_neither_do_its_fields_one_by_one_nor_a_copy_as_a_dictionary():
    assert CANARY not in str(dataclasses.asdict(SETTINGS))
    assert CANARY not in " ".join(str(getattr(SPEC, field.name)) for field in dataclasses.fields(SPEC))


def test_neither_does_a_log_line(caplog):
    logging.getLogger("sample").warning("%s %r", SPEC.token, SPEC)
    assert CANARY not in caplog.text


def test_json_refuses_it_and_pydantic_writes_stars():
    with pytest.raises(TypeError):
        json.dumps({"token": SPEC.token})
    with pytest.raises(TypeError):
        f"{CANARY[:0]}" + SPEC.token
    assert CANARY not in TypeAdapter(Settings).dump_json(SETTINGS).decode()
    assert CANARY not in str(TypeAdapter(Settings).dump_python(SETTINGS))


def test_who_asks_by_name_is_told():
    assert SPEC.secret.get_secret_value() == CANARY


@pytest.mark.parametrize("value", ["", CANARY, "п"])
def test_it_behaves_as_the_class_of_pydantic(value):
    ours, theirs = SecretStr(value), PydanticSecretStr(value)
    assert (str(ours), repr(ours), bool(ours)) == (str(theirs), repr(theirs), bool(theirs))
    assert ours == SecretStr(value) != SecretStr(value + "x")
    assert len({ours, SecretStr(value)}) == 1
    assert ours != value


def test_what_is_no_text_is_refused_without_being_quoted():
    with pytest.raises(ValueError, match="a secret is text"):
        TypeAdapter(DestinationSpec).validate_python({"name": "d", "type": "t", "token": 7})
