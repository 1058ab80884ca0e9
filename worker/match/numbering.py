"""Numbers for the terms that topics need, so that tables can tell them apart."""

from __future__ import annotations


class Numbering:
    """Terms that are in use, each with a number; a number is given anew when nobody uses its term any more.

    Number 0 is the term "", which every article holds.
    """

    def __init__(self) -> None:
        self._numbers = {"": 0}
        self._terms = [""]
        self._uses = [1]
        self._free: list[int] = []

    def __len__(self) -> int:
        """One more than the highest number."""
        return len(self._terms)

    def __contains__(self, term: str) -> bool:
        """Whether anybody uses a term."""
        return term in self._numbers

    def get(self, term: str) -> int | None:
        """The number of a term; None where nobody uses it."""
        return self._numbers.get(term)

    def term(self, number: int) -> str:
        """The term of a number in use."""
        return self._terms[number]

    def use(self, term: str) -> tuple[int, bool]:
        """A use more: the number of the term, and whether this is its first use."""
        number = self._numbers.get(term)
        if number is not None:
            self._uses[number] += 1
            return number, False
        if self._free:
            number = self._free.pop()
            self._terms[number], self._uses[number] = term, 1
        else:
            number = len(self._terms)
            self._terms.append(term)
            self._uses.append(1)
        self._numbers[term] = number
        return number, True

    def release(self, number: int) -> bool:
        """A use less; whether it was the last."""
        self._uses[number] -= 1
        if self._uses[number]:
            return False
        del self._numbers[self._terms[number]]
        self._free.append(number)
        return True
