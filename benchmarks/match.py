"""What a match costs with 10 routes and with 10,000: run it, no arguments.

The two tables are asked in turn, round by round, and compared in pairs, so that what
else the machine does falls on both. The trie's promise is a ratio of one.
"""

from __future__ import annotations

import time
from statistics import median

from eerp.errors import MethodNotAllowed, NotFound
from eerp.routes import RouteTable, decode_path

ROUTES_PER_MODULE = 10
MODULES = (1, 1000)
MATCHES = 5_000
ROUNDS = 31
UUID = "018f3a3c-7b1e-7abc-8def-0123456789ab"
REQUESTS = {
    "static": ("GET", "/api/m0/things0"),
    "uuid": ("GET", f"/api/m0/things1/{UUID}"),
    "integer": ("GET", "/api/m0/things1/4711"),
    "text, then static": ("GET", "/api/m0/things1/acme/restore"),
    "wrong method": ("PUT", f"/api/m0/things1/{UUID}"),
    "unknown": ("GET", "/api/m0/nothing/at/all"),
}
PATTERNS = ("", "/{id:uuid}", "/{number:int}", "/{name}/restore", "/new")


def table(modules: int) -> RouteTable:
    """Ten routes for each module."""
    routes = RouteTable()
    for module in range(modules):
        for number in range(ROUTES_PER_MODULE):
            things, pattern = divmod(number, len(PATTERNS))
            routes.register(
                module=f"m{module}",
                prefix=f"m{module}",
                method="GET",
                path=f"/things{things}{PATTERNS[pattern]}",
                handler_id=number,
                permission=f"m{module}.all",
            )
    routes.freeze()
    return routes


def microseconds(routes: RouteTable, method: str, path: bytes) -> float:
    """Of one match, decoding included, as in a request."""
    start = time.process_time()
    for _ in range(MATCHES):
        try:
            routes.match(method, decode_path(path))
        except (MethodNotAllowed, NotFound):
            continue
    return (time.process_time() - start) / MATCHES * 1e6


def main() -> None:
    """Print a line for each kind of request."""
    few, many = (table(modules) for modules in MODULES)
    names = [f"{len(each.routes()):,} routes" for each in (few, many)]
    print(f"| us a match | {names[0]} | {names[1]} | ratio |\n|---|---|---|---|")
    for kind, (method, path) in REQUESTS.items():
        pairs = [
            [microseconds(each, method, path.encode()) for each in (few, many)]
            for _ in range(ROUNDS)
        ]
        one, other = (median(column) for column in zip(*pairs, strict=True))
        ratio = median(other / one for one, other in pairs)
        print(f"| {kind} | {one:.2f} | {other:.2f} | {ratio:.2f} |")


if __name__ == "__main__":
    main()
