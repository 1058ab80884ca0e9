"""What stands around the extracted text: the standfirst, parts the extractor left, the headline said twice."""

from __future__ import annotations

import pytest

from worker.clean.document import parse
from worker.clean.evidence import with_lead, with_siblings, without_headline, without_note

LEAD = "Sample standfirst: the delegation arrives a day early, and nobody at the harbour knows why."
BODY = "The first paragraph of the sample.\nThe second paragraph of the sample."


@pytest.mark.parametrize("element", ["p", "h2", "div", "span"])
def test_a_lost_standfirst_comes_back_on_top(element):
    tree = parse(f"<header><{element}>\n  {LEAD}\n</{element}></header><article><p>Body</p></article>")
    assert with_lead(BODY, tree, [LEAD]) == f"{LEAD}\n{BODY}"


def test_a_description_that_is_cut_off_is_enough_of_a_witness():
    assert with_lead(BODY, parse(f"<p>{LEAD}</p>"), [LEAD[:70] + " …"]).startswith(LEAD)


@pytest.mark.parametrize(
    ("html", "description"),
    [
        ("<p>A teaser for another story, as long as a standfirst and on the same page.</p>", LEAD),
        (f"<p>{LEAD}</p>", "A short description"),
        (f"<p>{LEAD}</p>", ""),
        ("<p>Body</p>", LEAD),
        (f"<p>{LEAD} {LEAD} {LEAD}</p>", LEAD),
    ],
)
def test_what_no_description_says_is_no_standfirst(html, description):
    assert with_lead(BODY, parse(html), [description]) == BODY


def test_a_standfirst_that_is_there_is_not_put_there_twice():
    text = f"{LEAD.upper()}\n{BODY}"
    assert with_lead(text, parse(f"<p>{LEAD}</p>"), [LEAD]) == text


def test_no_text_gets_no_standfirst():
    assert with_lead("", parse(f"<p>{LEAD}</p>"), [LEAD]) == ""


def paragraphs(start: int, end: int) -> list[str]:
    return [
        f"Paragraph {n} of a long sample report about a harbour, a train and the weather there."
        for n in range(start, end)
    ]


def part(start: int, end: int, name: str = "part") -> str:
    return f'<div class="{name}">' + "".join(f"<p>{one}</p>" for one in paragraphs(start, end)) + "</div>"


def test_parts_of_a_report_that_are_laid_out_alike_belong_together():
    tree = parse(f"<article>{part(0, 3)}<figure></figure>{part(3, 9)}{part(9, 12)}</article>")
    text = "\n".join(["A heading", *paragraphs(3, 9), "Another heading"])
    wanted = [*paragraphs(0, 3), "A heading", *paragraphs(3, 9), *paragraphs(9, 12), "Another heading"]
    assert with_siblings(text, tree).split("\n") == wanted


@pytest.mark.parametrize(
    "html",
    [
        # another template, another article, a single line more, a list of teasers
        f"<article>{part(0, 6)}{part(6, 12, 'comments')}</article>",
        f"<article>{part(0, 6)}</article><article>{part(6, 12)}</article>",
        f"<article>{part(0, 6)}{part(6, 7)}</article>",
        f"<article>{part(0, 6)}{part(6, 12).replace('<p>', '<p><a>').replace('</p>', '</a></p>')}</article>",
    ],
)
def test_what_is_laid_out_otherwise_stays_out(html):
    text = "\n".join(paragraphs(0, 6))
    assert with_siblings(text, parse(html)) == text


def test_divisions_stand_for_paragraphs_where_a_page_has_none():
    html = f"<article>{part(0, 6)}</article>".replace("<p>", "<div class=line>").replace("</p>", "</div>")
    assert with_siblings("\n".join(paragraphs(0, 4)), parse(html)).split("\n") == paragraphs(0, 6)


def test_a_standfirst_in_a_dense_script_is_shorter():
    lead = "领导人乘坐火车前往港口城市，随行人员没有说明日期和地点。"
    assert with_lead(BODY, parse(f"<h2>{lead}</h2>"), [lead]) == f"{lead}\n{BODY}"


def test_without_text_there_are_no_siblings():
    assert with_siblings("", parse(part(0, 6))) == ""


def test_the_headline_above_the_text_goes_once_the_title_says_it():
    text = f"World\nLeaders “meet” in the port\n{BODY}\nLeaders meet in the port"
    assert without_headline(text, ["Leaders meet in the port"]) == f"World\n{BODY}\nLeaders meet in the port"
    assert without_headline(f"***\n{BODY}", ["", "Other"]) == f"***\n{BODY}"


TITLE = "Sample volcano erupts near the harbour"


@pytest.mark.parametrize(
    "note",
    [
        "The post Sample volcano erupts near the harbour appeared first on Harbour Courier.",
        "The post “Sample Volcano erupts near the Harbour” first appeared on the Courier",
        "Der Beitrag Sample volcano erupts near the harbour erschien zuerst auf Harbour Courier.",
        "投稿 Sample volcano erupts near the harbour は Harbour Courier に最初に表示されました。",
    ],
)
def test_the_note_of_blog_software_goes(note):
    assert without_note(f"{BODY}\n{note}", TITLE, "World – Harbour Courier") == BODY


@pytest.mark.parametrize(
    ("last", "title"),
    [
        ("The post at the harbour appeared first on a map of the courier service.", TITLE),
        ("A sample volcano erupts near the harbour every year.", TITLE),
        (
            f"{TITLE}: so the Courier put it "
            + "in a report that went on for very much longer than any note does. " * 2,
            TITLE,
        ),
        ("The courier says that ferries stay.", "Ferries"),
        ("The post appeared first on Harbour Courier.", ""),
    ],
    ids=["another title", "another site", "a paragraph", "a short title", "no title"],
)
def test_a_last_sentence_stays(last, title):
    assert without_note(f"{BODY}\n{last}", title, "Harbour Courier") == f"{BODY}\n{last}"


def test_a_note_in_the_middle_or_alone_stays():
    note = f"The post {TITLE} appeared first on Harbour Courier."
    assert without_note(f"{note}\n{BODY}", TITLE, "Harbour Courier") == f"{note}\n{BODY}"
    assert without_note(note, TITLE, "Harbour Courier") == note
