"""Codes that were typed into a form because they could not be scanned: the form says of which fields, and why."""

from collections.abc import Iterable, Mapping

from cellchain.identity.typed import Capture, Why
from cellchain.kernel.canonical import Json

# `typed.bag`: that the field `bag` was typed and not scanned; its value is one of `Why`.
TYPED = "typed."
Noted = dict[str, Json]


def noted(items: Iterable[tuple[str, object]]) -> Noted:
    """What the entry says about it: open facts, and none where everything was scanned."""
    return noted_of(
        {
            name.removeprefix(TYPED): Why(str(value))
            for name, value in items
            if name.startswith(TYPED) and str(value) in set(Why)
        }
    )


def noted_of(because: Mapping[str, Why]) -> Noted:
    """The same for a program that says it by itself: the typed fields of its order, each with the reason."""
    said: dict[str, Json] = {name: str(why) for name, why in because.items()}
    return {"capture": str(Capture.TYPED), "typed_because": said} if said else {}
