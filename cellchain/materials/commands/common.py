"""What the verbs of materials share: the fields of their orders."""

from typing import Annotated

from pydantic import Field

from cellchain.ledger.registry import Text

Name = Annotated[Text, Field(min_length=2, max_length=120, title="Name")]
Reason = Annotated[Text, Field(min_length=3, max_length=500, title="Reason")]
Certificate = Annotated[Text, Field(min_length=1, max_length=80, title="Certificate number")]
