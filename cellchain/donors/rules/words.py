"""Texts of data files, in the languages of the house, and what every such file is made of. Pure."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Days = Annotated[int, Field(ge=0, le=3_660)]


class Part(BaseModel):
    """A part of a data file: frozen, and nothing unknown in it."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Words(Part):
    """One text in the languages of the house."""

    en: str = Field(min_length=1, max_length=400)
    ru: str = Field(min_length=1, max_length=400)

    def say(self, language: str) -> str:
        """The text in `language`, English where that is not kept."""
        return self.ru if language == "ru" else self.en
