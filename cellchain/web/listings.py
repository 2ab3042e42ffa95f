"""Fields that name a list of the house: a person chooses out of it by names, instead of entering numbers or keys."""

from collections.abc import Callable, Sequence

from cellchain.ledger.describe import Worded
from cellchain.web.forms import Choice, FieldView, replaced


def chosen_from(
    views: Sequence[FieldView], list_named: Callable[[str], Sequence[tuple[str, str | Worded]]], language: str
) -> list[FieldView]:
    """The same fields, each that names a list of the house as a choice out of it, by names instead of numbers.

    What was chosen and is no longer in the list stays as it is: the command says what is wrong with it.
    """
    return [_chosen(view, list_named(view.listed), language) if view.listed else view for view in views]


def _chosen(view: FieldView, listed: Sequence[tuple[str, str | Worded]], language: str) -> FieldView:
    found = [Choice(value, name if isinstance(name, str) else name.words(language)) for value, name in listed]
    gone = [Choice(value, value) for value in view.chosen if value and value not in {one.value for one in found}]
    return replaced(view, kind="choice", choices=(*found, *gone))
