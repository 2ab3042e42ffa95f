"""Where the files beside the code are: at the top of a checkout, or inside the wheel below `cellchain/_assets`."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def templates_dir() -> Path:
    """Jinja templates, one folder a capability."""
    return _folder("templates")


def static_dir() -> Path:
    """CSS, scripts and icons; `vendor/` in it is filled by `make`."""
    return _folder("static")


def labels_dir() -> Path:
    """Label designs, one folder a design, and the fonts they are set in."""
    return _folder("labels")


def alembic_dir() -> Path:
    """Migrations."""
    return _folder("alembic")


def _folder(name: str) -> Path:
    packed = _PACKAGE / "_assets" / name
    return packed if packed.is_dir() else _PACKAGE.parent / name
