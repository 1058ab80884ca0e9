"""What a command answered: (status, standard output, standard error), as the `cli` fixture gives it."""

from __future__ import annotations


def one_sentence(answer):
    """The sentence of an error, which is all that is printed."""
    status, output, errors = answer
    assert (status, output) == (1, "")
    assert errors.startswith("wirewatch: ")
    assert errors.count("\n") == 1
    return errors.removeprefix("wirewatch: ").rstrip("\n")
