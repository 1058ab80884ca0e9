"""Where copies may be found."""

from worker.stories.bands import Bands, Original

ONE = Original("a1", "one", tuple(range(64)))
TWO = Original("a2", "two", tuple(range(5000, 5064)))
HALF = ONE.signature[:32] + tuple(range(1000, 1032))


def both():
    bands = Bands()
    bands.add(ONE)
    bands.add(TWO)
    return bands


def test_an_original_is_found_by_a_signature_that_agrees_in_part():
    assert both().find(HALF) == [ONE]
    assert both().find(tuple(range(9000, 9064))) == []


def test_a_text_too_short_for_a_signature_is_never_found():
    bands = both()
    bands.add(Original("a3", "three", ()))
    assert bands.find(()) == []


def test_the_reports_of_a_merged_story_are_found_in_its_heir_until_that_ends():
    bands = both()
    bands.forget("two", heir="one")
    assert bands.find(TWO.signature) == [Original("a2", "one", TWO.signature)]
    bands.forget("one")
    assert bands.find(TWO.signature) == bands.find(ONE.signature) == []
    assert not bands._by_band
    assert not bands._originals
