"""Standard words of a master record, for what a person in gloves has to explain: each under a code, none of them chosen
beforehand, and own words always possible. They are approved with the record; a digit card chooses one of up to nine.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from cellchain.kernel.errors import Refused, Remark

CHOICES_MAX = 9  # a digit card each
WRITTEN_MAX = 60
LANGUAGES = ("en", "ru")
Words = Annotated[str, Field(min_length=3, max_length=160)]


class StandardRemark(BaseModel):
    """What is often to be said, as a sentence in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    code: Annotated[str, Field(pattern=r"^[A-Z]{1,2}[1-9][0-9]?$")]
    en: Words
    ru: Words

    @property
    def remark(self) -> Remark:
        """As a refusal offers it."""
        return Remark(self.code, self.en, self.ru)


def _distinct(remarks: tuple[StandardRemark, ...]) -> tuple[StandardRemark, ...]:
    if len({one.code for one in remarks}) < len(remarks):
        raise ValueError("each standard remark has a code of its own")
    return remarks


StandardRemarks = Annotated[tuple[StandardRemark, ...], Field(max_length=WRITTEN_MAX), AfterValidator(_distinct)]
# Those that one question may be answered with.
Chosen = Annotated[tuple[StandardRemark, ...], Field(max_length=CHOICES_MAX), AfterValidator(_distinct)]


def spelled_out(document: Any) -> Any:
    """The document of a master record with each code of a standard remark replaced by the remark, as it is kept.

    So a code stands for the same words everywhere. Raises ValueError for a code that the record does not explain;
    what is otherwise no such document is left to whoever checks it.
    """
    if not isinstance(document, Mapping):
        return document
    written = {one.get("code"): one for one in _rows(document.get("remarks"))}
    steps = document.get("steps")
    found = {**document, "discards": _named(document.get("discards", ()), written)}
    return found if not isinstance(steps, list | tuple) else {**found, "steps": [_step(one, written) for one in steps]}


def _rows(given: Any) -> list[Mapping[str, Any]]:
    return [one for one in given if isinstance(one, Mapping)] if isinstance(given, list | tuple) else []


def _step(step: Any, written: Mapping[Any, Any]) -> Any:
    if not isinstance(step, Mapping):
        return step
    found = dict(step)
    if isinstance(step.get("count"), Mapping):
        found["count"] = _asking(step["count"], written)
    if isinstance(step.get("parameters"), list | tuple):
        found["parameters"] = [_asking(one, written) for one in step["parameters"]]
    return found


def _asking(part: Any, written: Mapping[Any, Any]) -> Any:
    """A part that may ask for words, with those that it names."""
    if not isinstance(part, Mapping) or "remarks" not in part:
        return part
    return {**part, "remarks": _named(part["remarks"], written)}


def _named(given: Any, written: Mapping[Any, Any]) -> Any:
    if not isinstance(given, list | tuple):
        return given
    return [_explained(one, written) for one in given]


def _explained(given: Any, written: Mapping[Any, Any]) -> Any:
    code = given.get("code") if isinstance(given, Mapping) else given
    known = written.get(code) if isinstance(code, str) else None
    if known is None or (isinstance(given, Mapping) and given != known):
        raise ValueError(f"no standard remark of this record is {code}")
    return known


def offered(remarks: Sequence[StandardRemark]) -> tuple[Remark, ...]:
    """What a person may choose from."""
    return tuple(one.remark for one in remarks)


def must_be_whole(remarks: Sequence[StandardRemark], reason: str | None) -> None:
    """Whoever uses a code says the words that were approved under it; what they add stands behind.

    Raises Refused `remark.altered`.
    """
    for one in remarks:
        begins = f"{one.code}:"
        said = reason is not None and reason.startswith(begins)
        if said and not any((reason or "").startswith(one.remark.words(language)) for language in LANGUAGES):
            raise Refused(
                "remark.altered",
                "In this master record {code} stands for other words. Choose it again, or write your own without a "
                "code.",
                code=one.code,
            )
