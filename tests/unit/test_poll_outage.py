"""Whose fault it is that hosts cannot be reached."""

from worker.poll.outage import Line, answered, unreached


def after(*steps):
    """The line after these steps, "+host" or "-host", a minute apart, and which hosts were found to be away."""
    line, away = Line(), []
    for minute, step in enumerate(steps):
        if step[0] == "+":
            line = answered(line, step[1:], now=minute * 60.0)
        else:
            line, is_away = unreached(line, step[1:], now=minute * 60.0)
            away += [step[1:]] if is_away else []
    return line, away


def test_the_first_failure_of_a_host_says_nothing_yet():
    line, away = after("+b", "-a")
    assert (away, line.is_cut) == ([], False)


def test_a_host_is_away_where_another_one_answered_meanwhile():
    assert after("-a", "+b", "-a")[1] == ["a"]


def test_all_at_once_is_an_outage_of_ours_that_costs_no_host_anything():
    line, away = after("+a", "-a", "-b", "-c", *["-a", "-b", "-c"] * 20)
    assert (away, line.is_cut) == ([], True)


def test_the_first_answer_ends_it_and_who_still_fails_then_is_away():
    line, away = after("-a", "-b", "-c", "+a", "-b")
    assert (away, line.is_cut) == (["b"], False)


def test_a_few_hosts_that_are_away_are_no_outage_while_others_answer():
    line, away = after("-a", "-b", "+z", "-c", "-a", "-b", "+z", "-c")
    assert (away, line.is_cut) == (["a", "b", "c"], False)


def test_a_host_alone_is_away_after_some_tries():
    assert after("-a", "-a")[1] == []
    assert after("-a", "-a", "-a")[1] == ["a"]


def test_what_was_found_to_be_away_is_forgotten_and_begins_anew():
    line, away = after("-a", "+b", "-a", "-a")
    assert away == ["a"]
    assert line.unreached["a"][1] == 1


def test_thousands_of_hosts_take_bounded_room():
    line, _ = after(*(f"-{number}" for number in range(1_200)))
    assert len(line.unreached) == 1_000
    assert line.is_cut
