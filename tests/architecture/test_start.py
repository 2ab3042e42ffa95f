"""What a start leaves for later stays there (docs/decisions/0036)."""

import subprocess
import sys

import pytest

from cellchain.kernel.later import later

HEAVY = {"PIL", "aiosmtplib", "alembic", "httpx", "joserfc", "numpy", "pypdfium2", "qrcode", "reportlab", "webauthn"}


def test_a_start_loads_nothing_that_draws_or_talks_to_others() -> None:
    said = "import sys, cellchain.cli; print(*{name.partition('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", said], capture_output=True, check=True, text=True).stdout.split()
    assert "sqlmodel" in loaded
    assert not HEAVY.intersection(loaded)


def test_no_mapping_is_finished_before_its_first_statement() -> None:
    said = (
        "import cellchain.cli; from cellchain.ledger.models import Entry; from sqlalchemy.orm import class_mapper;"
        "print(class_mapper(Entry, configure=False).configured)"
    )
    assert subprocess.run([sys.executable, "-c", said], capture_output=True, check=True).stdout == b"False\n"


def test_what_comes_later_is_the_module_and_tells_what_it_lacks() -> None:
    assert later("json").loads("[1]") == [1]
    with pytest.raises(AttributeError, match="nothing"):
        _ = later("json").nothing
    with pytest.raises(ModuleNotFoundError):
        _ = later("no_such_module").anything
