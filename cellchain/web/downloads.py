"""Files given back: to be saved, never shown by the browser, whatever is inside."""

from urllib.parse import quote

from starlette.responses import Response

AS_A_FILE = {"content-security-policy": "sandbox; default-src 'none'", "x-content-type-options": "nosniff"}


def as_download(content: bytes, name: str, media_type: str, **more: str) -> Response:
    """An answer that a browser saves under `name`; `more` are further headers."""
    head = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}", **AS_A_FILE, **more}
    return Response(content, media_type=media_type, headers=head)
