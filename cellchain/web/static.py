"""Our own files: compressed once where a client takes that, the sheets of a page as one sheet, its scripts as one.

Nothing here is about anybody, so that compressing it tells nothing; pages are compressed by the proxy in front
(docs/decisions/0042). A sheet that imports others is sent with them in it, and so is a script: one question instead of
thirty, and what only a reader of the source needs is left out.
"""

import gzip
import hashlib
import re
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from cellchain.kernel.values import dataclass
from cellchain.web import scripts

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
}
LEVEL = 9
_IMPORT = re.compile(r'@import url\("([\w.-]+)"\);')
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BLANK = re.compile(r"\s+")
_AROUND = re.compile(r" ?([{};,]) ?")
# What stands between quotes is kept as it is.
_QUOTED = re.compile(r'("[^"]*")')


@dataclass(frozen=True)
class _Kept:
    """A file as it is sent; `changed` is when it was, so that an edit is seen at the next request."""

    plain: bytes
    packed: bytes
    tag: str
    changed: tuple[int, ...]


class OwnFiles(StaticFiles):
    """The folder of static files."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory=directory)
        self._scripts = directory / "js"
        self._kept: dict[str, _Kept] = {}

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file; those that are text, or large and like text, from memory."""
        try:
            file, _ = self.lookup_path(path)
        except (OSError, ValueError):  # no name that a file can have: a NUL, half a character, far too long
            file = ""
        kind = TYPES.get(Path(path).suffix)
        if not file or kind is None or scope["method"] not in ("GET", "HEAD"):
            return await super().get_response(path, scope)
        kept = self._file(Path(file))
        asked = Headers(scope=scope)
        packs = "gzip" in asked.get("accept-encoding", "")
        headers: dict[str, Any] = {"etag": f'"{kept.tag}{"-gzip" if packs else ""}"', "vary": "Accept-Encoding"}
        if headers["etag"] in asked.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if packs:
            headers["content-encoding"] = "gzip"
        return Response(kept.packed if packs else kept.plain, media_type=kind, headers=headers)

    def _file(self, file: Path) -> _Kept:
        parts = [file, *(file.parent / name for name in self._imported(file))]
        changed = tuple(part.stat().st_mtime_ns for part in parts)
        kept = self._kept.get(str(file))
        if kept is None or kept.changed != changed:
            plain = self._as_sent(file)
            tag = hashlib.sha256(plain).hexdigest()[:20]
            kept = self._kept[str(file)] = _Kept(plain, gzip.compress(plain, LEVEL, mtime=0), tag, changed)
        return kept

    def _is_script(self, file: Path) -> bool:
        """One of our own: what others wrote is sent as it came."""
        return file.suffix == ".js" and file.parent == self._scripts

    def _imported(self, file: Path) -> list[str]:
        if self._is_script(file):
            return [f"{name}.js" for name in scripts.needed(file)]
        return _IMPORT.findall(file.read_text(encoding="utf-8")) if file.suffix == ".css" else []

    def _as_sent(self, file: Path) -> bytes:
        if self._is_script(file):
            return scripts.together(file.stem, scripts.needed(file)).encode()
        return squeezed(whole(file)).encode() if file.suffix == ".css" else file.read_bytes()


def whole(sheet: Path) -> str:
    """A sheet with every sheet that it imports in its place."""
    text = sheet.read_text(encoding="utf-8")
    return _IMPORT.sub(lambda found: (sheet.parent / found[1]).read_text(encoding="utf-8"), text)


def squeezed(sheet: str) -> str:
    """A sheet without comments and without blanks that mean nothing."""
    parts = _QUOTED.split(_COMMENT.sub("", sheet))
    # Every second part is a quoted text.
    return "".join(
        part if at % 2 else _AROUND.sub(r"\1", _BLANK.sub(" ", part)) for at, part in enumerate(parts)
    ).strip()
