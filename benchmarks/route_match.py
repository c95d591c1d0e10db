"""What a match costs with 10 routes and with 10,000: run it, no arguments.

The trie's promise is that the two columns do not differ by more than noise.
"""

from __future__ import annotations

import time

from eerp.errors import NotFound
from eerp.routes import RouteTable, decode_path

ROUTES_PER_MODULE = 10
MATCHES = 20_000
ROUNDS = 7
PATHS = {
    "static": b"/api/m0/things0",
    "parameter": b"/api/m0/things1/018f3a3c-7b1e-7abc-8def-0123456789ab",
    "unknown": b"/api/m0/nothing/at/all",
}


def table(modules: int) -> RouteTable:
    """Ten routes for each module."""
    routes = RouteTable()
    for module in range(modules):
        for number in range(ROUTES_PER_MODULE):
            routes.register(
                module=f"m{module}",
                prefix=f"m{module}",
                method="GET",
                path=f"/things{number}" + ("/{id}" if number % 2 else ""),
                handler_id=number,
                permission=None,
            )
    routes.freeze()
    return routes


def microseconds(routes: RouteTable, path: bytes) -> float:
    """The best of some rounds; decoding included, as in a request."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(MATCHES):
            try:
                routes.match("GET", decode_path(path))
            except NotFound:
                continue
        best = min(best, time.process_time() - start)
    return best / MATCHES * 1e6


def main() -> None:
    """Print a line for each kind of path."""
    few, many = table(1), table(1000)
    few_n, many_n = len(few.routes()), len(many.routes())
    print(f"{'us a match':<12}{few_n:>8,} routes{many_n:>10,} routes")
    for kind, path in PATHS.items():
        one, other = microseconds(few, path), microseconds(many, path)
        print(f"{kind:<12}{one:>15.2f}{other:>17.2f}")


if __name__ == "__main__":
    main()
