"""A file as a field of an order: its name and its bytes, which JSON carries in base64 and a form as an upload."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from cellchain.ledger.registry import Text

# As much as a form of ours may bring; what a command takes of it, its own rule says.
CONTENT_LENGTH_MAX = 700_000


class Upload(BaseModel):
    """A file. What is inside is the command's to judge: a name and a media type prove nothing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[Text, Field(min_length=1, max_length=120, title="File name")]
    content: Annotated[
        str, Field(max_length=CONTENT_LENGTH_MAX, pattern=r"^[A-Za-z0-9+/=]*$", title="Content", repr=False)
    ]
