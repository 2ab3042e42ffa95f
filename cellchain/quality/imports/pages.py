"""The pages of a file of results: before it is recorded, and afterwards."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cellchain.ledger.uploads import Upload
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.imports import queries as files
from cellchain.quality.imports.commands import ImportResults, content_of
from cellchain.quality.imports.queries import FileFacts, Preview
from cellchain.quality.pages.words import names_of
from cellchain.quality.rules.lifecycles import ResultPhase
from cellchain.web.forms import FileText, fields_of

FILE = fields_of(ImportResults)[0]
NAME, CONTENT = "file.name", "file.content"


@dataclass(frozen=True)
class PreviewPage:
    """What a file would record. `file` goes along, so that what is recorded is what was looked at."""

    file: Upload
    found: Preview


def preview(tx: ReadTx, file: Upload) -> PreviewPage:
    """A file as it would be recorded now. Raises Refused `import.*` where it is none."""
    return PreviewPage(file, files.preview(tx, content_of(file), tx.house.zone, tx.now))


def sent_again(items: Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
    """The form of the preview: its file comes back as the text that it was shown with, as long as the file makes it."""
    return [(name, FileText(value) if name == CONTENT else value) for name, value in items if name in (NAME, CONTENT)]


@dataclass(frozen=True)
class FilePage:
    """A file with its results. `to_verify` are those that this person may verify in one act."""

    file: FileFacts
    results: Sequence[queries.ResultFacts]
    to_verify: Sequence[int]
    names: Mapping[str, str]


def file_page(tx: ReadTx, number: int, person: str) -> FilePage:
    """A file that was recorded. Raises NotFound."""
    file = files.file_of(tx, number)
    results = queries.results_of_file(tx, number)
    waiting = [result.id for result in results if result.phase is ResultPhase.ENTERED and result.entered_by != person]
    people = [file.imported_by, *(result.verified_by for result in results)]
    return FilePage(file, results, waiting, names_of(tx, people))
