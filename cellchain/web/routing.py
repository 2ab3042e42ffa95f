"""Routes of which FastAPI is told at once, and which it works out when somebody asks for one of their router.

It reads the parameters of an endpoint and makes what checks each of them, a third of a millisecond a route and again
where a router is included. There are 239 routes, and a start needs to know no more of them than their paths.
"""

import threading
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import compile_path, get_name


class LateRoute(APIRoute):
    """A route that knows its path, methods and endpoint; whatever else is asked of it is worked out then."""

    _working = threading.RLock()

    def __init__(self, path: str, endpoint: Callable[..., Any], **how: Any) -> None:
        self._how: tuple[str, Callable[..., Any], dict[str, Any]] | None = (path, endpoint, how)
        self.path, self.endpoint = path, endpoint
        self.path_regex, self.path_format, self.param_convertors = compile_path(path)
        self.name = how.get("name") or get_name(endpoint)
        self.methods = {method.upper() for method in how.get("methods") or ("GET",)}

    def __getattr__(self, attribute: str) -> Any:
        """Called for what is not there yet. Who asks while another works it out waits for the whole."""
        with self._working:
            how = self.__dict__.get("_how")
            if how is not None:
                self._how = None  # what asks on the way finds nothing, as it would in a route that is made at once
                super().__init__(how[0], how[1], **how[2])
        try:
            return self.__dict__[attribute]
        except KeyError:
            raise AttributeError(attribute) from None


def house_router() -> APIRouter:
    """A router of such routes; every capability has one."""
    return APIRouter(route_class=LateRoute)
