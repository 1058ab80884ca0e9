"""Bytes to text."""

import pytest

from worker.poll.charset import decode

TEXT = '<?xml version="1.0"?><t>Žluťoučký kůň и 平壌</t>'
LATIN = "<t>Café déjà vu, tête-à-tête à Orléans</t>"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-le"])
def test_unicode_with_and_without_mark(codec):
    assert decode(TEXT.encode(codec)) == TEXT


def test_utf_8_wins_over_a_mistaken_declaration():
    body = TEXT.replace("?>", ' encoding="iso-8859-1"?>', 1).encode()
    assert "平壌" in decode(body, "text/xml; charset=us-ascii")


def test_a_byte_order_mark_wins_over_the_header():
    assert decode(TEXT.encode("utf-8-sig"), "text/xml; charset=iso-8859-2") == TEXT


@pytest.mark.parametrize(
    ("codec", "header", "declared"),
    [
        ("cp1251", "text/xml; charset=windows-1251", ""),
        ("cp1251", 'application/xml; Charset="windows-1251"', "utf-8"),
        ("koi8-r", "", "koi8-r"),
        ("cp1251", "text/xml; charset=nonsense", "windows-1251"),
        ("cp1251", "text/xml; charset=punycode", "windows-1251"),
        ("cp1251", "text/xml; charset=zlib", "windows-1251"),
    ],
)
def test_declared_charsets(codec, header, declared):
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = f"{declaration}<t>Пример новости на русском языке</t>"
    assert decode(text.encode(codec), header) == text


@pytest.mark.parametrize(("codec", "text"), [("iso2022_jp", "<t>平壌の駅</t>"), ("gb18030", "<t>平壤的火车站</t>")])
def test_east_asian_declarations(codec, text):
    label = {"iso2022_jp": "ISO-2022-JP", "gb18030": "gb2312"}[codec]
    assert decode(text.encode(codec), f"text/xml; charset={label}") == text


def test_latin_1_is_read_as_the_superset_publishers_send():
    body = "<t>“quoted” – café</t>".encode("cp1252")
    assert decode(body, "text/xml; charset=iso-8859-1") == "<t>“quoted” – café</t>"


def test_a_few_damaged_bytes_do_not_spoil_utf_8():
    body = ("é" * 50).encode() + b"\xff" + "ü".encode()
    assert decode(body) == "é" * 50 + "\ufffd" + "ü"


def test_without_any_declaration_the_charset_is_guessed():
    assert decode(LATIN.encode("cp1252") * 5) == LATIN * 5


def test_a_character_cut_at_the_end_is_left_out():
    assert decode("ab é".encode()[:-1]) == "ab "
