"""What matched, in its words."""

from hypothesis import given
from hypothesis import strategies as st

from worker.model import Highlight
from worker.run.web.passages import Piece, marked, passage


def highlight(text, word, field="text", start=0):
    at = text.index(word, start)
    return Highlight(field=field, start=at, end=at + len(word), text=word)


def told(pieces):
    return "".join(f"[{piece.text}]" if piece.marked else piece.text for piece in pieces)


def test_all_of_a_text_with_what_matched_marked():
    title = "The harbour bridge closes"
    found = marked(title, "title", [highlight(title, "bridge", "title"), highlight(title, "harbour", "title")])
    assert told(found) == "The [harbour] [bridge] closes"


def test_overlapping_marks_are_told_once():
    title = "The harbour bridge closes"
    found = marked(title, "title", [highlight(title, "harbour bridge", "title"), highlight(title, "bridge", "title")])
    assert told(found) == "The [harbour bridge] closes"


def test_marks_of_other_fields_and_of_another_text_are_left_out():
    found = marked(
        "The bridge", "title", [highlight("The bridge", "bridge"), Highlight(field="title", start=0, end=3, text="Old")]
    )
    assert found == (Piece(text="The bridge"),)


def test_the_passage_with_most_matches_is_shown_between_words():
    filler = "nothing of note happened here " * 20
    text = f"A bridge. {filler}The harbour bridge closes on Friday for repairs. {filler}"
    place = text.index("The harbour")
    marks = [highlight(text, "bridge"), highlight(text, "harbour"), highlight(text, "bridge", start=place)]
    shown = told(passage(text, "text", marks))
    assert "The [harbour] [bridge] closes on Friday" in shown
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert set(shown.strip("… ").replace("[", "").replace("]", "").split()) <= set(text.split())
    assert len(shown) < 350


def test_a_short_text_is_shown_whole():
    assert told(passage("The bridge closes.", "text", [highlight("The bridge closes.", "bridge")])) == (
        "The [bridge] closes."
    )


def test_where_nothing_matched_there_is_no_passage():
    assert passage("The bridge closes.", "text", []) == ()


@given(st.text(max_size=1_500), st.lists(st.tuples(st.integers(0, 1_500), st.integers(1, 500)), max_size=8))
def test_whatever_matches_a_passage_is_a_part_of_the_text_and_not_long(text, spans):
    marks = [
        Highlight(field="text", start=start, end=start + size, text=text[start : start + size]) for start, size in spans
    ]
    shown = "".join(piece.text for piece in passage(text, "text", marks))
    inner = shown.removeprefix("… ").removesuffix(" …")
    assert inner in text
    assert len(inner) <= 820
    assert "".join(piece.text for piece in marked(text, "text", marks)) == text
