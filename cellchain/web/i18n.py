"""The languages of cellchain: which one a person reads, and the sentences in it.

English is the source. `cellchain/locale/<language>/LC_MESSAGES/messages.po` holds each other language; a compiled `.mo`
beside it is used when it is as new, otherwise the `.po` is compiled in memory: a fresh clone needs no build step.

    python -m cellchain.web.i18n extract   print the template of all sentences
    python -m cellchain.web.i18n update    bring the catalogues up to the source, in place
    python -m cellchain.web.i18n check     exit 1, listing what is not translated well
"""

import io
import re
import string
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cached_property, lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from babel.messages import mofile, pofile
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg

from cellchain.kernel.errors import CellchainError
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass
from cellchain.web.extraction import words
from cellchain.web.format import Format

LANGUAGES: Mapping[str, str] = {"en": "English", "ru": "Русский"}
SOURCE_LANGUAGE = "en"
COOKIE = "cellchain_language"
_mapping: Callable[[IO[str], str], tuple[list[tuple[str, str]], dict[str, Any]]] = parse_mapping_cfg
LOCALE = Path(__file__).resolve().parent.parent / "locale"
_PREFERENCES_MAX = 10
_PERCENT = re.compile(r"%\((\w+)\)s")
_HEADER_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # fixed, so that an update without news changes no byte


def choose(cookie: str | None, accept_language: str | None) -> str:
    """The language of a person: their own choice first, then what the browser asks for, else English."""
    if cookie is not None and cookie in LANGUAGES:
        return cookie
    for tag in _preferred(accept_language or ""):
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES:
            return language
    return SOURCE_LANGUAGE


def _preferred(header: str) -> list[str]:
    """The tags of an Accept-Language header, most wanted first; what cannot be read is left out."""
    weighted = []
    for part in header.split(",")[:_PREFERENCES_MAX]:
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted = float(weight or "1")
        except ValueError:
            continue
        if tag and wanted > 0:
            weighted.append((wanted, tag))
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]


@lru_cache
def translations(language: str) -> NullTranslations:
    """The loaded catalogue of `language`; the source language has none and answers with the sentence itself."""
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    source = _po(language)
    compiled = source.with_suffix(".mo")
    if compiled.exists() and (not source.exists() or compiled.stat().st_mtime >= source.stat().st_mtime):
        with compiled.open("rb") as file:
            return GNUTranslations(file)
    buffer = io.BytesIO()
    mofile.write_mo(buffer, read_catalogue(language))
    buffer.seek(0)
    return GNUTranslations(buffer)


def read_catalogue(language: str) -> Catalog:
    """The catalogue of `language` as its `.po` file holds it."""
    with _po(language).open("rb") as file:
        return pofile.read_po(file, locale=language)


def _po(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "messages.po"


@dataclass(frozen=True)
class Voice:
    """Speaks one language in one time zone: turns texts and values into what a person reads."""

    language: str
    zone: ZoneInfo

    @cached_property
    def format(self) -> Format:
        """How values look."""
        return Format(self.language, self.zone)

    def gettext(self, sentence: str) -> str:
        """The sentence in this language; an unknown one stays English. The empty one is no sentence."""
        return translations(self.language).gettext(sentence) if sentence else ""

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The sentence in the form that fits `count`."""
        return translations(self.language).ngettext(one, many, count)

    def say(self, value: object) -> str:
        """A text, an error, a member of an enum or a plain sentence, in this language, its parameters likewise."""
        if isinstance(value, CellchainError):
            return self.say(value.text)
        if isinstance(value, T):
            shown = {name: self.show(parameter) for name, parameter in value.params.items()}
            template = self.gettext(value.template)
            # A template without parameters is said as it stands: its braces, if any, are text.
            return template.format_map(shown) if shown else template
        return self.gettext(value) if type(value) is str else self.show(value)

    def show(self, value: object) -> str:
        """A value inside a sentence: a time, number, duration or choice as this language writes it; text as it is."""
        if isinstance(value, (T, CellchainError)):
            return self.say(value)
        if isinstance(value, Enum):
            return self.say(label_of(value))
        if isinstance(value, datetime):
            return self.format.local(value)
        if isinstance(value, date):
            return self.format.local_date(value)
        if isinstance(value, timedelta):
            return self.format.minutes(value)
        if isinstance(value, Decimal) or type(value) is int:
            return self.format.number(value)
        return str(value)


def label_of(member: Enum) -> T | str:
    """What a choice is called: its `label`, or its value in words where it has none."""
    label = getattr(member, "label", None)
    return label if isinstance(label, (T, str)) else words(str(member.value))


# ---- the catalogues --------------------------------------------------------------------------------------------------


def extract(root: Path) -> Catalog:
    """Every sentence of the source tree at `root`, as `babel.cfg` there says where to look."""
    template = Catalog(project="cellchain", charset="utf-8", creation_date=_HEADER_DATE, revision_date=_HEADER_DATE)
    with (root / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = _mapping(file, "babel.cfg")
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    found = extract_from_dir(root, methods, options, keywords=keywords, directory_filter=_is_source)
    for _, _, message, comments, context in found:
        template.add(message, auto_comments=comments, context=context)
    return template


def _is_source(folder: str) -> bool:
    name = Path(folder).name
    return not (name.startswith(".") or name in {"node_modules", "tests", "locale", "_assets"})


def update(root: Path) -> None:
    """Bring every catalogue up to the source: new sentences are added untranslated, unused ones leave."""
    template = extract(root)
    for language in LANGUAGES:
        if language != SOURCE_LANGUAGE:
            write_catalogue(language, template)


def write_catalogue(language: str, template: Catalog) -> None:
    """Merge `template` into the `.po` file, sorted by sentence, without places: a diff shows sentences alone."""
    catalogue = read_catalogue(language)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.creation_date = catalogue.revision_date = _HEADER_DATE
    buffer = io.BytesIO()
    pofile.write_po(buffer, catalogue, width=120, no_location=True, sort_output=True, ignore_obsolete=True)
    _po(language).write_bytes(buffer.getvalue())


def faults(template: Catalog, catalogue: Catalog) -> Iterator[str]:
    """What is wrong with a catalogue: missing, untranslated and uncertain sentences, and differing placeholders."""
    for message in template:
        if not message.id:
            continue
        translated = catalogue.get(message.id, message.context)
        source = message.id if isinstance(message.id, str) else message.id[0]
        if translated is None:
            yield f"missing: {source!r}"
        elif not all(_texts(translated)):
            yield f"untranslated: {source!r}"
        elif translated.fuzzy:
            yield f"uncertain: {source!r}"
        else:
            wanted = placeholders(message.id if isinstance(message.id, str) else message.id[1])
            for text in _texts(translated):
                if placeholders(text) != wanted:
                    yield f"placeholders differ: {source!r} and {text!r}"


def _texts(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def placeholders(text: str) -> frozenset[str]:
    """The names that a sentence leaves open: `{name}` in Python, `%(name)s` in templates."""
    found = set(_PERCENT.findall(text))
    try:
        found |= {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:  # lone braces are text
        found.add("{")
    return frozenset(found)


def main(arguments: list[str]) -> int:
    """The command line; answers the exit code: 0, 1 on findings, 2 on wrong usage."""
    root = LOCALE.parent.parent
    match arguments:
        case ["extract"]:
            pofile.write_po(sys.stdout.buffer, extract(root), no_location=True, sort_output=True)
            return 0
        case ["update"]:
            update(root)
            return 0
        case ["check"]:
            template = extract(root)
            found = [
                f"{language}: {fault}"
                for language in LANGUAGES
                if language != SOURCE_LANGUAGE
                for fault in faults(template, read_catalogue(language))
            ]
            sys.stderr.writelines(f"{line}\n" for line in found)
            sys.stdout.write(f"{len(template)} sentences, {len(found)} findings\n")
            return 1 if found else 0
        case _:
            sys.stderr.write("usage: python -m cellchain.web.i18n extract|update|check\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
