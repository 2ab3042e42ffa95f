"""Every page is drawn whole in both languages."""

import re

import pytest

from cellchain.web.html import render_text
from tests.trace import samples


@pytest.mark.parametrize("language", ["en", "ru"])
@pytest.mark.parametrize("name", list(samples.everything()))
def test_page(name: str, language: str) -> None:
    template, given = samples.everything(language)[name]
    text = render_text(samples.page(language, signed_in=not name.startswith("sign")), template, **given)
    assert "None" not in text
    assert not re.search(r"\sstyle=|<script(?![^>]* src=)", text)
    if not template.split("/")[1].startswith("_"):
        assert text.count("<h1") == 1
        assert text.count("<main") == 1


def test_every_node_is_a_link_with_a_name() -> None:
    template, given = samples.everything()["trace"]
    text = render_text(samples.page(), template, **given)
    nodes = re.findall(r'<a class="n [^"]*" href="([^"]+)" aria-label="([^"]+)"', text)
    assert len(nodes) == len(given["drawing"].boxes)
