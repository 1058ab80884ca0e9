"""Copies: what syndication does to a text keeps its fingerprint, another author's words change it."""

import subprocess
import sys

import pytest

from worker.dedupe.fingerprint import PERMUTATIONS, is_copy, is_stored_copy, reduced, signature, similarity

WIRE = (
    "An armoured train believed to carry the leader of North Korea has left Pyongyang for the Russian border, South "
    "Korean media reported on Monday, citing officials in Seoul. The train, painted dark green, "
    "moved slowly because of "
    "its weight and the state of the tracks. Talks could be held as early as Tuesday in the port city of Vladivostok, "
    "where a yearly economic forum is under way. Officials in Washington have warned that arms sales would be on the "
    "agenda. Neither side had confirmed the plans by the morning. Hotels near the station were told to keep rooms free."
)
OTHER = (
    "Japan's coast guard and broadcasters are watching the railway crossing at Khasan, where "
    "cleaners scrubbed the small "
    "wooden station at the weekend. A delegation was seen on the platform. Analysts think that the visit would serve "
    "both leaders: one needs shells, the other wants food, fuel and help with satellites. The last time they met was "
    "four years ago, when a summit in Hanoi with an American president had just failed and new partners were welcome."
)


def test_a_text_is_a_copy_of_itself():
    assert similarity(signature(WIRE), signature(WIRE)) == 1.0


@pytest.mark.parametrize(
    "edited",
    [
        pytest.param(WIRE.upper(), id="case"),
        pytest.param(WIRE.replace(" ", "\n\n"), id="line breaks"),
        pytest.param(WIRE.replace(",", " –").replace(".", " …"), id="punctuation"),
        pytest.param("(Sample Wire) — " + WIRE + " Additional reporting by our staff.", id="frame"),
        pytest.param(WIRE[: len(WIRE) * 2 // 3], id="tail cut"),
        pytest.param(WIRE.replace("believed", "thought").replace("Monday", "11 September"), id="words changed"),
        pytest.param(WIRE.translate({ord(c): ord(c) + 0xFEE0 for c in "abcdefg"}), id="full-width letters"),
    ],
)
def test_what_syndication_does_keeps_it_a_copy(edited):
    assert is_copy(signature(WIRE), signature(edited))
    assert is_copy(signature(edited), signature(WIRE))
    assert is_stored_copy(reduced(signature(WIRE)), reduced(signature(edited)))


def test_another_report_of_the_same_event_is_no_copy():
    assert not is_copy(signature(WIRE), signature(OTHER))
    assert not is_stored_copy(reduced(signature(WIRE)), reduced(signature(OTHER)))


def test_numbers_that_agree_by_chance_make_no_stored_copy():
    """Of 60 numbers of 4 bits some four agree whatever the texts; 20 of 64 are a copy of whole numbers only."""
    one = tuple(range(0, 64 * 0x11, 0x11))
    twenty = tuple([number if at < 20 else number ^ 1 for at, number in enumerate(one)])
    assert is_copy(one, twenty)
    assert not is_stored_copy(reduced(one), reduced(twenty))
    assert is_stored_copy(reduced(one), reduced(one))
    assert reduced(reduced(one)) == reduced(one)


def test_short_texts_are_no_stored_copies_of_themselves():
    assert not is_stored_copy((), ())


def test_nineteen_words_are_too_few_to_judge_and_twenty_are_enough():
    words = WIRE.split()
    assert signature(" ".join(words[:19])) == ()
    assert len(signature(" ".join(words[:20]))) == PERMUTATIONS


def test_short_texts_are_never_copies_not_even_of_themselves():
    assert not is_copy(signature("Breaking news"), signature("Breaking news"))
    assert similarity((), signature(WIRE)) == 0.0


@pytest.mark.parametrize(
    ("text", "edited", "other"),
    [
        pytest.param(
            "俄罗斯总统将与来访的朝鲜领导人在远东港口城市举行会谈,双方预计讨论经济合作与地区安全。克里姆林宫发言人周一证实了这一消息。",
            "俄罗斯总统将与来访的朝鲜领导人在远东港口城市举行会谈,双方预计讨论经济合作与地区安全。克里姆林宫发言人星期一证实了该消息。",
            "气象部门预计本周末沿海地区将有大到暴雨,提醒市民减少外出并注意防范城市内涝。铁路部门已经对部分列车采取限速或停运措施。",
            id="Chinese",
        ),
        pytest.param(
            "ประธานาธิบดีจะพบกับผู้นำจากประเทศเพื่อนบ้านที่เมืองท่าทางตะวันออกในสัปดาห์นี้ตามแถลงการณ์เมื่อวันจันทร์",
            "ประธานาธิบดีจะพบกับผู้นำจากประเทศเพื่อนบ้านที่เมืองท่าทางตะวันออกในสัปดาห์นี้ตามแถลงการณ์เมื่อวานนี้",
            "กรมอุตุนิยมวิทยาเตือนฝนตกหนักและคลื่นสูงในภาคใต้ขอให้ชาวเรือระมัดระวังในการเดินเรือช่วงสุดสัปดาห์นี้",
            id="Thai",
        ),
    ],
)
def test_scripts_without_spaces_are_judged_by_characters(text, edited, other):
    assert is_copy(signature(text), signature(edited))
    assert not is_copy(signature(text), signature(other))


def test_another_process_makes_the_same_signature():
    code = "import sys; from worker.dedupe.fingerprint import signature; print(*signature(sys.argv[1]))"
    done = subprocess.run([sys.executable, "-c", code, WIRE], capture_output=True, text=True, check=True)
    assert tuple(map(int, done.stdout.split())) == signature(WIRE)


def test_similarity_estimates_the_share_of_common_shingles():
    # 60 words in common and 30 of their own on either side: 58 of 118 shingles
    common = " ".join(f"common{n}" for n in range(60))
    a = f"{common} " + " ".join(f"left{n}" for n in range(30))
    b = f"{common} " + " ".join(f"right{n}" for n in range(30))
    assert similarity(signature(a), signature(b)) == pytest.approx(58 / 118, abs=3 * 0.0625)
