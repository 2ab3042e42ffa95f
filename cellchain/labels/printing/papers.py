"""The bytes that go to a printer: a label as it was recorded, or a test page of a design."""

import json
from collections.abc import Mapping
from typing import cast

from cellchain.kernel.errors import CellchainError
from cellchain.labels import design as designs
from cellchain.labels import render
from cellchain.labels.design import Design, Language
from cellchain.labels.models import Label
from cellchain.labels.printing.models import Printer, PrintJob
from cellchain.labels.printing.rules import UNPRINTABLE, PaperKind
from cellchain.labels.printing.transports import NotSent, Paper
from cellchain.labels.raster import Resolution


def name_of(job: PrintJob, attempt: int) -> str:
    """The name of one attempt, as a printer shows it and as it is asked about it: `LB012600000149 17.1`."""
    return f"{job.label or 'test'} {job.id}.{attempt}"


def paper_of(job: PrintJob, label: Label | None, source: str | None, printer: Printer, *, demonstration: bool) -> Paper:
    """The paper of a job's next attempt; `source` is the design as it was approved when the label was issued.

    A test page shows the design as its folder holds it now. Raises NotSent where the label cannot be drawn.
    """
    if label is None or source is None:
        design = designs.load(job.design)
        data, language = designs.sample(job.design), cast(Language, str(printer.language))
    else:
        design = designs.kept(job.design, source)
        data, language = json.loads(label.data), cast(Language, label.language)
    try:
        drawn = _drawn(design, data, language, printer, is_test=label is None, demonstration=demonstration)
    except CellchainError as error:
        raise NotSent(UNPRINTABLE, error.code, again=False) from error
    return Paper(name_of(job, job.attempts_count + 1), printer.paper, drawn, design.width_mm, design.height_mm)


def _drawn(
    design: Design,
    data: Mapping[str, str],
    language: Language,
    printer: Printer,
    *,
    is_test: bool,
    demonstration: bool,
) -> bytes:
    if printer.paper is PaperKind.PDF:
        return render.pdf(design, data, language=language, preview=is_test, demonstration=demonstration)
    resolution = Resolution(printer.dpi)
    text = render.zpl(
        design, data, language=language, resolution=resolution, preview=is_test, demonstration=demonstration
    )
    return text.encode("ascii")
