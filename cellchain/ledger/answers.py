"""Answers as they are stored and sent: the same bytes again for the same request."""

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from pydantic import TypeAdapter

from cellchain.kernel import errors
from cellchain.kernel.errors import CellchainError, Invalid, Refused, Remark
from cellchain.kernel.text import T
from cellchain.kernel.values import dataclass


@dataclass(frozen=True)
class Answer:
    """What a command said. `text` is the JSON that the API sends, or a refusal in a form to rebuild it."""

    done: bool
    text: str
    replayed: bool = False

    def result(self) -> dict[str, Any]:
        """The command's result as data. Raises the refusal."""
        if not self.done:
            raise self.refusal()
        found: dict[str, Any] = json.loads(self.text)["result"]
        return found

    def refusal(self) -> CellchainError:
        """The refusal, as it was raised."""
        stored = json.loads(self.text)
        kind: type[CellchainError] = getattr(errors, stored["kind"])
        error = kind.__new__(kind)
        Exception.__init__(error, stored["code"])
        error.code = stored["code"]
        error.text = _text(stored["text"])
        if isinstance(error, Invalid):
            error.fields = {name: _text(text) for name, text in stored["fields"].items()}
        if isinstance(error, Refused):
            error.remarks = tuple(Remark(**one) for one in stored.get("remarks", ()))
        return error


def answer_of(done: bool, text: str) -> Answer:
    """A stored answer, marked as a replay."""
    return replace(Answer(done, text), replayed=True)


def done_text(adapter: TypeAdapter[Any], result: Any, seq: int, digest: str) -> str:
    """`{"result": {...}, "entry": {"seq", "hash"}}`."""
    body = adapter.dump_json(result).decode() if result is not None else "{}"
    return f'{{"result":{body},"entry":{{"seq":{seq},"hash":"{digest}"}}}}'


def refused_text(error: CellchainError) -> str:
    """A refusal with its template and parameters, so that it can be said again in any language."""
    fields = {name: _data(text) for name, text in error.fields.items()} if isinstance(error, Invalid) else {}
    stored: dict[str, Any] = {
        "kind": type(error).__name__,
        "code": error.code,
        "text": _data(error.text),
        "fields": fields,
    }
    if isinstance(error, Refused) and error.remarks:
        stored["remarks"] = [asdict(one) for one in error.remarks]
    return json.dumps(stored, ensure_ascii=False, separators=(",", ":"))


def _data(text: T) -> dict[str, Any]:
    return {
        "template": text.template,
        "params": {
            name: _data(value) if isinstance(value, T) else _plain(value) for name, value in text.params.items()
        },
    }


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | bool) or value is None else str(value)


def _text(data: Mapping[str, Any]) -> T:
    return T(
        data["template"],
        **{name: _text(value) if isinstance(value, dict) else value for name, value in data["params"].items()},
    )


def in_a_word(outcome: Answer | Exception | None) -> str:
    """What came of a command, for who counts."""
    if not isinstance(outcome, Answer):
        return "failed"
    if outcome.replayed:
        return "replayed"
    return "done" if outcome.done else "refused"
