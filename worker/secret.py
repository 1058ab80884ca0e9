"""A secret that shows stars wherever it is written, and its value only to who asks for it by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, SerializationInfo
    from pydantic_core import CoreSchema

STARS: Final = "**********"
REVEALED: Final = "revealed"
"""The context (pydantic, "Serialization context") in which a record is written with its secrets in clear."""


class SecretStr:
    """Text that `str`, `repr`, f-strings, JSON and pydantic show as stars; "" is false, and shown as "".

    It behaves as pydantic's class of this name. That one cannot be used here: records are loaded by every child that
    parses pages, where pydantic would take as much memory again as all of the records' code, and it has no way to be
    written in clear on purpose, which the published configuration has to be.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value: Final = value

    def get_secret_value(self) -> str:
        """The value, for the one call that needs it; keep it in no record, message or log."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SecretStr) and self._value == other._value

    def __hash__(self) -> int:
        return hash((SecretStr, self._value))

    def __str__(self) -> str:
        return STARS if self else ""

    def __repr__(self) -> str:
        return f"SecretStr({str(self)!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415  whoever asks has loaded it

        return core_schema.no_info_plain_validator_function(
            _from_text,
            serialization=core_schema.plain_serializer_function_ser_schema(_written, info_arg=True),
        )


def plain(secret: SecretStr | None) -> str:
    """Its value, "" where there is none."""
    return secret.get_secret_value() if secret else ""


def _from_text(value: object) -> SecretStr:
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str):
        # Without the value, which pydantic would quote otherwise.
        raise ValueError("a secret is text")  # noqa: TRY004  pydantic takes no other kind
    return SecretStr(value)


def _written(value: SecretStr, info: SerializationInfo[Any]) -> str:
    return value.get_secret_value() if info.context == REVEALED else str(value)
