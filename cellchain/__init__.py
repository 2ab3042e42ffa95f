"""cellchain follows a cell therapy vein to vein, from a donor's marrow to the one recipient it is for."""

import sys

__version__ = "0.1.0"

# structlog loads what draws faults for a terminal where that is installed: 7 MB of every process, for lines of JSON.
# So it is loaded here, before anything else asks for it, as if that were not there.
if "structlog" not in sys.modules and "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules["rich"]
