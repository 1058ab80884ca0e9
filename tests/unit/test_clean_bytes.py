"""Bytes to text: the charset that is right, and what is no HTML at all."""

from __future__ import annotations

import codecs

import pytest

from worker.clean.bytes import decode, not_html

TEXTS = {
    "cp1251": ("windows-1251", "Поезд лидера прибыл во Владивосток, сообщили в пресс-службе"),
    "koi8_r": ("koi8-r", "Поезд лидера прибыл во Владивосток, сообщили в пресс-службе"),
    "cp949": ("euc-kr", "지도자가 열차를 타고 러시아로 떠났다고 정부 관계자가 전했다"),
    "cp932": ("shift_jis", "指導者が列車でロシアに向かったと当局者が明らかにした"),
    "euc_jp": ("euc-jp", "指導者が列車でロシアに向かったと当局者が明らかにした"),
    "iso2022_jp": ("iso-2022-jp", "指導者が列車でロシアに向かったと当局者が明らかにした"),
    "gb18030": ("gb2312", "领导人乘坐火车前往俄罗斯访问，官员表示"),
    "big5hkscs": ("big5", "領導人乘坐火車前往俄羅斯訪問，官員表示"),
    "cp1256": ("windows-1256", "وصل الزعيم إلى روسيا بالقطار اليوم كما قال مسؤولون"),
    "cp1252": ("iso-8859-1", "Le dirigeant est arrivé à bord d’un train blindé, a annoncé l’agence"),
}
CASES = [pytest.param(codec, label, text * 3, id=codec) for codec, (label, text) in TEXTS.items()]


@pytest.mark.parametrize(("codec", "label", "text"), CASES)
def test_the_pages_own_declaration_is_followed(codec, label, text):
    for head in (f'<meta charset="{label}">', f'<META http-equiv=Content-Type content="text/html; charset={label}">'):
        assert text in decode(f"<html><head>{head}</head><p>{text}".encode(codec), http_charset="ISO-8859-1")


@pytest.mark.parametrize(("codec", "label", "text"), CASES)
@pytest.mark.parametrize("http", [None, "ISO-8859-1", "right"])
def test_a_template_in_latin_does_not_hide_another_script(codec, label, text, http):
    page = f'<html><head><meta charset="iso-8859-1"></head><p>{text}'.encode(codec)
    assert text in decode(page, http_charset=label if http == "right" else http)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_wide_text_without_a_mark_is_known_by_its_first_tag(codec):
    html = "<p>" + TEXTS["cp949"][1] * 9
    assert decode(html.encode(codec)) == html


@pytest.mark.parametrize(("codec", "label", "text"), CASES)
def test_http_is_followed_where_the_page_says_nothing(codec, label, text):
    assert text in decode(f"<html><p>{text}".encode(codec), http_charset=label)


@pytest.mark.parametrize(("codec", "label", "text"), CASES)
@pytest.mark.parametrize("wrong", [None, "ISO-8859-1", "utf-8", "no-such-charset", "utf-7", "hex"])
def test_the_detector_reads_what_nobody_declares(codec, label, text, wrong):
    assert text in decode(f"<html><p>{text}".encode(codec), http_charset=wrong)


@pytest.mark.parametrize("declared", ["iso-8859-1", "windows-1251", "utf-16", "utf-8"])
def test_valid_utf8_is_utf8_whatever_is_declared(declared):
    html = f'<meta charset="{declared}"><p>Ким встретится: Kim Jong‑un — 김정은'
    assert decode(html.encode(), http_charset=declared) == html


@pytest.mark.parametrize(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
    ],
)
def test_marks_and_wide_text_are_recognised(mark, codec):
    assert decode(mark + "<html><p>Sample text, größer".encode(codec)) == "<html><p>Sample text, größer"


def test_utf8_with_a_cut_end_stays_utf8():
    whole = ("<p>" + "Поезд прибыл. " * 20).encode()
    assert decode(whole + "й".encode()[:1]) == whole.decode() + "\ufffd"


def test_no_nul_survives():
    assert decode(b"<p>a\x00b") == "<p>ab"


@pytest.mark.parametrize(
    ("body", "content_type", "kind"),
    [
        (b"%PDF-1.4", "", "a PDF"),
        (b"\xff\xd8\xff\xe0", "text/html", "an image"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "", "an image"),
        (b"\x00\x00\x00\x18ftypmp42", "", "audio or video"),
        (b"PK\x03\x04", "", "an archive"),
        (b' [1, "sample"]', "", "JSON"),
        (b'<?xml version="1.0"?>\n<rss version="2.0">', "text/html", "a feed"),
        (b"\xef\xbb\xbf%PDF-1.7", "text/html", "a PDF"),
        (b"a line before it\n%PDF-1.7\n<</Type /Catalog>>", "text/html", "a PDF"),
        (b"<p>About %PDF-1.7", "text/html", None),
        (b'{"html": "<div>sample</div>"}', "text/html", "JSON"),
        (b'\xef\xbb\xbf[{"html": "<p>sample</p>"}]', "application/json", "JSON"),
        (b')]}\'\n{"html": "<p>sample</p>"}', "", "JSON"),
        (b"{{ title }}<!doctype html><p>sample", "text/html", None),
        (b'<?xml version="1.0"?><?xml-stylesheet href="a.xsl"?><!-- sample --><feed>', "text/html", "a feed"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><text>a</text></svg>', "", "an image"),
        (b"<!DOCTYPE html><svg></svg><p>sample", "text/html", None),
        (b"sample", "image/svg+xml", "an image"),
        (b"sample", "application/pdf; x=y", "a PDF"),
        (b"<!doctype html><p>sample", "application/json", None),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>", "application/xhtml+xml", None),
        (b"plain words", "text/plain", "plain text"),
        (b"A note in plain text, 3 < 4.", "text/html", "plain text"),
        ("<p>wide</p>".encode("utf-16-le"), "", None),
        ("<p>wide</p>".encode("utf-16-be"), "", None),
        (b"", "", None),
    ],
)
def test_what_is_no_page_is_recognised(body, content_type, kind):
    assert not_html(body, content_type) == kind
