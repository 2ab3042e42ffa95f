"""The page of the settings is what the settings class says, and every setting says what it is."""

from cellchain.platform.config import Settings
from scripts import configuration


def test_the_page_is_up_to_date() -> None:
    assert configuration.PAGE.read_text(encoding="utf-8") == configuration.page(), "make configuration"


def test_every_setting_says_what_it_is() -> None:
    assert [variable for variable, said, _, _ in configuration.rows() if len(said) < 10] == []
    assert len(list(configuration.rows())) == len(Settings.model_fields)


def test_limits_are_told() -> None:
    field = Settings.model_fields["site_number"]
    assert configuration._takes(field) == "a whole number, 1 to 99"
    assert configuration._takes(Settings.model_fields["database_url"]) == "text"
    assert configuration._default(Settings.model_fields["database_url"]) == "nothing"
    assert configuration._default(field) == "`1`"
    assert configuration._takes(Settings.model_fields["smtp_security"]) == r"text, like `^(starttls\|tls\|none)$`"
