"""The pages of a file of results: before it is recorded, and afterwards."""

from collections.abc import Iterable, Mapping, Sequence

from cellchain.kernel.values import dataclass
from cellchain.ledger.filekinds import TEXTS
from cellchain.ledger.uploads import Upload, received
from cellchain.platform.db import ReadTx
from cellchain.quality import queries
from cellchain.quality.imports import queries as files
from cellchain.quality.imports.commands import ImportResults
from cellchain.quality.imports.queries import FileFacts, Preview
from cellchain.quality.pages.words import names_of
from cellchain.quality.rules.lifecycles import ResultPhase
from cellchain.web.forms import fields_of

FILE = fields_of(ImportResults)[0]
OF_FILE = ("file.name", "file.sha256")


@dataclass(frozen=True)
class PreviewPage:
    """What a file would record. `file` goes along, so that what is recorded is what was looked at."""

    file: Upload
    found: Preview


def preview(tx: ReadTx, file: Upload) -> PreviewPage:
    """A file as it would be recorded now. Raises NotFound `file.not_received`, Refused `import.*` where it is none."""
    content = tx.house.fetch(received(tx, file, TEXTS).digest)
    return PreviewPage(file, files.preview(tx, content, tx.house.zone, tx.now))


def file_items(items: Iterable[tuple[str, object]]) -> list[tuple[str, object]]:
    """What of a form names the file."""
    return [(name, value) for name, value in items if name in OF_FILE]


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
