"""The file around a page: what any reader of PDF finds in it, however many letters a label has."""

import re
import zlib
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest

from cellchain.labels import design, fonts, pdf, pdf_faces
from cellchain.labels.fonts import Face
from cellchain.labels.layout import Sheet, Writing
from tests.labels.pages import packed, read, sample_pdf


def page(*lines: str, title: str = "Test") -> bytes:
    items = tuple(Writing(line, Face.SANS, 6.0, 5.0, 5.0 + 3 * number) for number, line in enumerate(lines))
    return pdf.draw(Sheet(title=title, width_mm=200, height_mm=100, ground=(), items=items, banner=None, symbols=()))


def test_more_letters_than_a_byte_can_name_are_all_there() -> None:
    letters = [chr(point) for point in range(0x21, 0x500) if not fonts.missing(chr(point), Face.SANS)]
    letters = [letter for letter in letters if letter not in "\xa0\xad"]
    assert len(letters) > pdf_faces.LETTERS_MAX
    lines = ["".join(letters[start : start + 40]) for start in range(0, len(letters), 40)]
    found = read(page(*lines))
    assert found.fonts_embedded
    assert found.text == packed("".join(lines))
    assert len(pdf_faces.subsets(Face.SANS, letters)) == -(-(len(letters) + 1) // pdf_faces.LETTERS_MAX)


def test_the_title_says_what_the_paper_is() -> None:
    opened = pypdfium2.PdfDocument(page("A", title="Командная карта"))
    try:
        assert opened.get_metadata_dict()["Title"] == "Командная карта"
    finally:
        opened.close()


@pytest.mark.parametrize("name", design.names())
def test_every_object_stands_where_the_table_says(name: str) -> None:
    document = sample_pdf(design.load(name), "both")
    place = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", document)[0])
    table = document[place:].split(b"trailer")[0].split(b"\n")
    assert table[0] == b"xref"
    first, count = map(int, table[1].split())
    assert (first, count) == (0, len(table) - 3)
    for number, line in enumerate(table[3 : 2 + count], 1):
        assert document[int(line[:10]) :].startswith(b"%d 0 obj\n" % number)
    assert f"/Size {count} ".encode() in document


def test_a_reader_is_told_not_to_scale() -> None:
    assert b"/ViewerPreferences << /PrintScaling /None >>" in page("A")


def test_labels_that_differ_in_digits_share_their_faces() -> None:
    one, other = pdf_faces.subsets(Face.MONO, "LB 01"), pdf_faces.subsets(Face.MONO, "LB 98")
    assert one == other
    assert pdf_faces._written(one[0]) is pdf_faces._written(other[0])


def test_faces_made_at_once_are_the_same() -> None:
    texts = [f"{chr(0x410 + number)}бвгд" for number in range(24)]
    pdf_faces._written.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(page, texts))
    pdf_faces._written.cache_clear()
    assert at_once == [page(text) for text in texts]


def test_what_is_drawn_is_compressed() -> None:
    streams = re.findall(rb"/Length (\d+)[^>]*>>\nstream\n", page("A"))
    assert streams
    content = page("A").split(b"stream\n", 1)[1].split(b"\nendstream", 1)[0]
    assert zlib.decompress(content).startswith(b"BT 90 Tz")
