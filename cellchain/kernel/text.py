"""Sentences that a person reads, kept apart from the language they are read in."""

from collections.abc import Mapping

from cellchain.kernel.values import dataclass


@dataclass(frozen=True, init=False)
class T:
    """A translatable text: an English template and its parameters.

    `str(text)` is the English sentence; `web.i18n` renders it in the reader's language. Parameters may be texts.
    """

    template: str
    params: Mapping[str, object]

    def __init__(self, template: str, /, **params: object) -> None:
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "params", params)

    def __str__(self) -> str:
        return self.template.format_map(self.params) if self.params else self.template

    def __hash__(self) -> int:
        # Worked out once: a graph of a thousand things tells them apart by their words, again and again.
        known = self.__dict__.get("_hash")
        if known is None:
            known = hash((self.template, tuple(sorted((key, str(value)) for key, value in self.params.items()))))
            object.__setattr__(self, "_hash", known)
        return int(known)
