"""Writes docs/operations/configuration.md: every setting, what it takes and what it is without being set.

`python -m scripts.configuration` writes the page anew from the settings class, `python -m scripts.configuration check`
says whether it is up to date.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import NoneType
from typing import Any, get_args

from annotated_types import Ge, Le, MaxLen
from pydantic.fields import FieldInfo

from cellchain.platform.config import Settings

PAGE = Path(__file__).parents[1] / "docs" / "operations" / "configuration.md"
HEAD = """# Settings

Every setting is read from the environment at the start, and never again while the process runs; a value that is not
accepted ends the start with a sentence that names it. `--data-dir` on the command line goes before its variable. This
page is written from `cellchain/platform/config.py` by `python -m scripts.configuration`.

| variable | what it is | takes | without it |
|---|---|---|---|
"""
TAIL = """
Secrets do not stand in this list: passwords of the database belong into its address, which systemd reads from a file
that root alone may read (`EnvironmentFile=`), that of the mail server into a file of its own.
"""
WORDS = {str: "text", int: "a whole number", bool: "true or false", Path: "a path", float: "a number"}


def page() -> str:
    """The whole page."""
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in rows()) + TAIL


def rows() -> Iterator[tuple[str, str, str, str]]:
    """Variable, description, what it takes, and its default."""
    prefix = str(Settings.model_config.get("env_prefix", ""))
    for name, field in Settings.model_fields.items():
        yield f"`{prefix}{name.upper()}`", _plain(field.description or ""), _takes(field), _default(field)


def _takes(field: FieldInfo) -> str:
    kinds = [kind for kind in get_args(field.annotation) or (field.annotation,) if kind is not NoneType]
    words = [WORDS.get(kind, getattr(kind, "__name__", str(kind))) for kind in kinds]
    low, high, longest, pattern = (_limit(field, *one) for one in LIMITS)
    if low is not None or high is not None:
        words.append(f"{low if low is not None else '…'} to {high if high is not None else '…'}")
    if longest is not None:
        words.append(f"at most {longest} characters")
    if pattern is not None:
        words.append(f"like `{_plain(str(pattern))}`")
    return ", ".join(words)


LIMITS: tuple[tuple[type[Any] | None, str], ...] = ((Ge, "ge"), (Le, "le"), (MaxLen, "max_length"), (None, "pattern"))


def _limit(field: FieldInfo, kind: type[Any] | None, name: str) -> Any:
    for bound in field.metadata:
        if (kind is None or isinstance(bound, kind)) and getattr(bound, name, None) is not None:
            return getattr(bound, name)
    return None


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be set"
    default = field.get_default(call_default_factory=True)
    return "nothing" if default is None else f"`{_plain(str(default))}`"


def _plain(text: str) -> str:
    """Text that ends no cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")


def main(arguments: list[str]) -> int:
    """Write the page, or only say whether it is what it should be."""
    if arguments == ["check"]:
        return 0 if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page() else 1
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.name} has {sum(1 for _ in rows())} settings.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
