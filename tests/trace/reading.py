"""A document as PDFium reads it: the text of each page, without blanks, since lines may break anywhere."""

import pypdfium2

from tests.labels.pages import packed


def pages_of(document: bytes) -> list[str]:
    """The packed text of each page."""
    opened = pypdfium2.PdfDocument(document)
    try:
        return [packed(opened[number].get_textpage().get_text_range()) for number in range(len(opened))]
    finally:
        opened.close()
