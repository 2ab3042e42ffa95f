"""Writes the technician's page of refusals: what the bench says when the answer is no, with an example of each.

`python -m scripts.refusal_guide` writes docs/guide/technician-refusals.md and its Russian sister anew: the sentences
are the source's and the catalogue's, the examples stand in `scripts/refusal_examples.py`. `check` says whether both are
up to date. A code of manufacturing without an example is a fault, so that nobody meets a refusal that no page explains.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cellchain.web.i18n import translations
from scripts.refusal_examples import EXAMPLES
from scripts.refusals import Refusal, everything, refusals

GUIDES = Path(__file__).parents[1] / "docs" / "guide"
ROOM, FILES = "manufacturing", "file."


@dataclass(frozen=True)
class Words:
    """What the page says in one language."""

    file: str
    head: str
    groups: Mapping[str, str]
    columns: str


# The codes by what they are about, in the order of a working day.
GROUPS: tuple[str, ...] = ("training", "clearance", "location", "lot", "record", "station_record", "donation", "donor")
GROUPS += (
    "step",
    "sample",
    "count",
    "counter",
    "remark",
    "value",
    "undo",
    "file",
    "container",
    "waste",
    "culture",
    "passage",
)
GROUPS += ("thaw", "environment", "master_record")
PAGES: Mapping[str, Words] = {
    "en": Words(
        "technician-refusals.md",
        "# When the bench says no\n\n"
        "Nothing was recorded; do what the sentence says, and go on. The code stands below the sentence on the\n"
        "screen. Words in {braces} are filled in with what was found. `make refusal-guide` writes this page; how to\n"
        "work without meeting it says [the technician's guide](technician.md).\n",
        {
            "training": "Training",
            "clearance": "Line clearance",
            "location": "The place",
            "lot": "The batch",
            "donation": "The marrow",
            "donor": "The donor",
            "step": "The step",
            "sample": "Samples",
            "remark": "Standard remarks",
            "value": "Values",
            "undo": "Undo",
            "container": "Containers",
            "culture": "Culture",
            "passage": "Passages",
            "thaw": "Thawing",
            "record": "The record at a station",
            "station_record": "The record at a station, at the same moment",
            "count": "Counts",
            "counter": "Counters",
            "file": "Attached files",
            "waste": "Waste",
            "environment": "Readings of the room",
            "master_record": "Master records",
        },
        "| code | the screen says | for example |\n|---|---|---|\n",
    ),
    "ru": Words(
        "technician-refusals.ru.md",
        "# Когда рабочее место отвечает «нет»\n\n"
        "Ничего не записано; сделайте, что говорит предложение, и продолжайте. Код стоит под предложением на экране.\n"
        "Слова в {фигурных скобках} заменяет то, что найдено. Эту страницу пишет `make refusal-guide`; как\n"
        "работать, не встречая её, сказано в [руководстве технолога](technician.ru.md).\n",
        {
            "training": "Обучение",
            "clearance": "Готовность линии",
            "location": "Место",
            "lot": "Серия",
            "donation": "Костный мозг",
            "donor": "Донор",
            "step": "Операция",
            "sample": "Пробы",
            "remark": "Стандартные пояснения",
            "value": "Значения",
            "undo": "Отмена",
            "container": "Ёмкости",
            "culture": "Культура",
            "passage": "Пассажи",
            "thaw": "Размораживание",
            "record": "Протокол на станции",
            "station_record": "Протокол на станции, в тот же миг",
            "count": "Подсчёты",
            "counter": "Счётчики",
            "file": "Приложенные файлы",
            "waste": "Слив",
            "environment": "Показания помещения",
            "master_record": "Типовые протоколы",
        },
        "| код | экран говорит | например |\n|---|---|---|\n",
    ),
}


def rows() -> list[Refusal]:
    """The refusals of manufacturing, and those of a file on its way to it."""
    return [row for row in refusals(everything()) if row.room == ROOM or row.code.startswith(FILES)]


def without_example(found: Sequence[Refusal], examples: Mapping[str, tuple[str, str]] = EXAMPLES) -> list[str]:
    """Codes that no example explains in both languages, and examples of codes that are gone."""
    codes = {row.code for row in found}
    return sorted(
        [code for code in codes if not all(examples.get(code, ("", "")))]
        + [code for code in examples if code not in codes]
    )


def page(language: str, found: Sequence[Refusal]) -> str:
    """The whole page in one language. Raises KeyError for a code without an example or without a group."""
    words, say = PAGES[language], translations(language).gettext
    at = list(PAGES).index(language)
    parts = [words.head]
    strange = {row.code.partition(".")[0] for row in found} - set(GROUPS)
    if strange:
        raise KeyError(f"no group for {', '.join(sorted(strange))}")
    for group in GROUPS:
        here = [row for row in found if row.code.startswith(f"{group}.")]
        lines = [
            f"| `{row.code}` | {'<br>'.join(map(say, row.sentences))} | {EXAMPLES[row.code][at]} |\n" for row in here
        ]
        if lines:
            parts.append(f"## {words.groups[group]}\n\n{words.columns}{''.join(lines)}")
    return "\n".join(parts)


def main(arguments: Sequence[str]) -> int:
    """Write both pages, or check them. Gives the exit code."""
    found = rows()
    missing = without_example(found)
    if missing:
        print(f"scripts/refusal_examples.py: {', '.join(missing)}")
        return 1
    stale = []
    for language, words in PAGES.items():
        file, written = GUIDES / words.file, page(language, found)
        if arguments != ["check"]:
            file.write_text(written, encoding="utf-8")
        elif not file.exists() or file.read_text(encoding="utf-8") != written:
            stale.append(words.file)
    print(
        f"{', '.join(stale)}: run make refusal-guide."
        if stale
        else f"{len(found)} refusals of the bench are explained."
    )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
