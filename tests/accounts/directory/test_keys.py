"""The keys that a directory signs with, how they change, and how this house proves that it is the client."""

from typing import Any

import pytest
from joserfc import jwk

from tests.accounts.directory.story import Hospital

KEYS = "/keys"


def key(algorithm: str, kid: str) -> Any:
    named: Any = {"kid": kid, "alg": algorithm, "use": "sig"}
    if algorithm == "RS256":
        return jwk.RSAKey.generate_key(2_048, named, private=True)
    return jwk.ECKey.generate_key("P-256", named, private=True)


def asked_for_keys(hospital: Hospital) -> int:
    return sum(path.endswith(KEYS) for path in hospital.directory.asked)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_each_kind_of_key(hospital: Hospital, algorithm: str) -> None:
    hospital.directory.rotate(key(algorithm, f"plain-{algorithm}"))
    assert hospital.visitor().enter("worker").who == "Worker"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_a_new_key_is_asked_for_once(hospital: Hospital, algorithm: str) -> None:
    """Whoever comes after the change gets in, and those after them ask for no keys."""
    assert hospital.visitor().enter("worker").who == "Worker"
    hospital.directory.rotate(key(algorithm, f"rotated-{algorithm}"))
    before = asked_for_keys(hospital)
    for _ in range(3):
        assert hospital.visitor().enter("worker").who == "Worker"
    assert asked_for_keys(hospital) - before == 1


def test_a_key_that_is_never_listed_is_asked_for_once_a_sign_in(hospital: Hospital) -> None:
    """Nobody makes this house hammer its directory with tokens under made-up names of keys."""
    assert hospital.visitor().enter("worker").who == "Worker"
    listed = hospital.directory.keys
    foreign = key("ES256", "made-up")
    hospital.directory.keys = [foreign]
    hospital.directory.listed = listed
    before = asked_for_keys(hospital)
    visitor = hospital.visitor().enter("worker")
    assert visitor.page is not None
    assert (visitor.page.status_code, "(signature)" in visitor.page.text) == (401, True)
    assert asked_for_keys(hospital) - before == 1


def test_a_foreign_key_under_a_known_name_opens_nothing(hospital: Hospital) -> None:
    assert hospital.visitor().enter("worker").who == "Worker"
    known = hospital.directory.keys
    hospital.directory.listed = known
    hospital.directory.keys = [key("ES256", str(known[0].kid))]
    visitor = hospital.visitor().enter("worker")
    assert visitor.page is not None
    assert "(signature)" in visitor.page.text


@pytest.mark.parametrize("alone", [True, False])
def test_the_client_proves_itself_as_the_directory_asks(hospital: Hospital, alone: bool) -> None:
    """In the header, encoded as RFC 6749 asks, or in the form: the provider takes the one that it names alone."""
    hospital.directory.basic_alone = alone
    assert hospital.visitor().enter("worker").who == "Worker"


def test_a_wrong_client_secret_lets_nobody_in(hospital: Hospital) -> None:
    secret = hospital.installation.settings.oidc_client_secret_file
    assert secret is not None
    right = secret.read_text()
    secret.write_text("another secret\n")
    try:
        visitor = hospital.visitor().enter("worker")
        assert visitor.page is not None
        assert "(invalid_client)" in visitor.page.text
    finally:
        secret.write_text(right)
    assert hospital.visitor().enter("worker").who == "Worker", "it is read at each use"


def test_nobody_is_sent_to_a_directory_that_went_away_meanwhile(hospital: Hospital) -> None:
    """What it said of itself counts for an hour; whether it is there is asked each time."""
    assert hospital.visitor().enter("worker").who == "Worker"
    hospital.directory.down = True
    answer = hospital.visitor().set_out()
    assert (answer.status_code, "The directory does not answer" in answer.text) == (503, True)


def test_being_asked_anew_is_asked_for_in_a_number_that_every_directory_takes(hospital: Hospital) -> None:
    """glewlwyd 2.7 refuses a max_age of 0."""
    door = hospital.visitor().set_out(anew="1").headers["location"]
    assert "prompt=login" in door
    assert "max_age=300" in door
