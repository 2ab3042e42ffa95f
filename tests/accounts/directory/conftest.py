"""A hospital of each test's own."""

from collections.abc import Iterator

import pytest

from tests.accounts.directory import story


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[story.Hospital]:
    """One hospital for the tests of a file: each has people of its own."""
    with story.hospital(tmp_path_factory.mktemp("hospital")) as made:
        made.linked("worker", "technician")
        yield made


@pytest.fixture
def hospital(house: story.Hospital) -> Iterator[story.Hospital]:
    """The hospital, whose visitors leave after each test."""
    yield house
    house.go_home()
