"""wapiti 3.0.4 of Debian, run by `make scan` with the system's Python, in two ways unlike its own.

One of each kind: pages that differ in a code or a number alone, and forms of commands that differ in the verb alone,
are one kind; all forms of commands are read by the same lines (`web/forms.py`). What is attacked is attacked with
everything a module has. An address can be left out, which under Python 3.11 its own pattern cannot. And a request whose
connection broke is sent again and named, where wapiti would go on without it; none goes to another machine.
"""

import re
import sys
from typing import Any

CODE = re.compile(r"[A-Z]{2}\d{12}|\d+")
TRIES, HERE = 3, ("127.0.0.1", "localhost")
COMMAND = re.compile(r"/do/([a-z]+)/[a-z_]+")


class Directory(str):
    """The folder of an address, counted by the kind of the request: wapiti takes so many of each folder."""

    kind: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Directory) and self.kind == other.kind

    def __hash__(self) -> int:
        return hash(self.kind)


def kind_of(method: str, path: str, names: list[str]) -> str:
    """What two requests have in common that are answered by the same lines of ours."""
    command = COMMAND.search(path)
    if command is not None:
        return f"{method} {command[1]} {bool(names)}"
    return f"{method} {CODE.sub('#', path)} {' '.join(sorted(names))}"


def main() -> None:
    """Run it with the arguments as they came."""
    from requests import exceptions as broken
    from wapitiCore.main.wapiti import wapiti_main  # type: ignore[import-not-found]
    from wapitiCore.net import crawler, web  # type: ignore[import-not-found]

    send = crawler.Crawler.send

    def sent(self: Any, request: Any, *given: Any, **more: Any) -> Any:
        if request.hostname.partition(":")[0] not in HERE:
            raise broken.ConnectionError("nobody but this machine is asked")
        for _ in range(TRIES):
            try:
                return send(self, request, *given, **more)
            except (broken.ConnectionError, broken.ChunkedEncodingError) as error:
                print(f"[again] {type(error).__name__} {str(error)[:120]} {request.method} {request.path}")
        return send(self, request, *given, **more)

    crawler.Crawler.send = sent
    folder_of = web.Request.dir_name.fget

    def counted(request: Any) -> Directory:
        names = [name for name, _ in [*request.get_params, *(request.post_params or ())] if len(name) > 1]
        directory = Directory(folder_of(request))
        directory.kind = kind_of(request.method, request.path, names)
        return directory

    web.Request.dir_name = property(counted)
    crawler.wildcard_translate = lambda wild: re.compile("(?ms)" + ".*".join(map(re.escape, wild.split("*"))) + r"\Z")
    sys.argv[0] = "wapiti"
    wapiti_main()


if __name__ == "__main__":
    main()
