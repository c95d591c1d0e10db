"""What an operation may come to at most, added up before anything is read."""

from __future__ import annotations

from attrs import define

from eerp.errors import QueryTooLarge
from eerp.limits import GRAPHQL_ROWS_MAX, GRAPHQL_VALUES_MAX

__all__ = ["Cost"]


@define
class Cost:
    """The records and values so far."""

    rows: int = 0
    values: int = 0

    def spend(self, rows: int, values: int) -> None:
        """Count so many records with so many values each. Raises `QueryTooLarge`."""
        self.rows += rows
        self.values += rows * values
        if self.rows > GRAPHQL_ROWS_MAX:
            raise _too_large("records", GRAPHQL_ROWS_MAX)
        if self.values > GRAPHQL_VALUES_MAX:
            raise _too_large("values", GRAPHQL_VALUES_MAX)


def _too_large(what: str, most: int) -> QueryTooLarge:
    return QueryTooLarge(
        f"The answer could have more than {most} {what}: ask for smaller pages."
    )
