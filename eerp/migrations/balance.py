"""The SQL that keeps the amounts of a group at zero; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from attrs import frozen

from eerp.migrations.statement import TableName
from eerp.orm.fields import literal, quote

__all__ = ["Balance"]

# ruff: noqa: S608  # the SQL below is joined of checked identifiers and literals

_NAME_CHARACTERS = 30
_DIGEST_CHARACTERS = 10
_EVENTS = {
    "insert": "NEW TABLE AS new_rows",
    "update": "OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "OLD TABLE AS old_rows",
}


@frozen
class Balance:
    """Records of `lines` whose `amounts`, each times its factor, add up to zero among
    those that refer by `group` to one record of `entries`, as long as this is as
    `when` says."""

    lines: TableName
    entries: TableName
    name: str
    group: str
    amounts: tuple[tuple[str, int], ...] = ()
    when: str = "TRUE"

    def triggers(self) -> Iterator[str]:
        """What makes the triggers: on each change of lines, and on each entry."""
        for event, rows in _EVENTS.items():
            yield (
                f"CREATE TRIGGER {self._trigger(event)} AFTER {event.upper()} ON "
                f"{_sql(self.lines)} REFERENCING {rows} FOR EACH STATEMENT EXECUTE "
                f"FUNCTION eerp.touch_groups({literal(self._touch(event))})"
            )
        arguments = ", ".join(map(literal, (*self._named(), self._unbalanced())))
        yield (
            f"CREATE CONSTRAINT TRIGGER {self._trigger('commit')} AFTER INSERT OR "
            f"UPDATE ON {_sql(self.entries)} DEFERRABLE INITIALLY DEFERRED FOR EACH "
            f"ROW EXECUTE FUNCTION eerp.check_balance({arguments})"
        )

    def drops(self) -> Iterator[str]:
        """What drops the triggers."""
        for event in _EVENTS:
            yield f"DROP TRIGGER {self._trigger(event)} ON {_sql(self.lines)}"
        yield f"DROP TRIGGER {self._trigger('commit')} ON {_sql(self.entries)}"

    def proof(self) -> str:
        """What fails unless all groups are balanced already."""
        named = ", ".join(map(literal, self._named()))
        return (
            f"SELECT eerp.refuse_unbalanced({named}, EXISTS (SELECT FROM "
            f'{self._live()} GROUP BY e."id" HAVING {self._sum()} <> 0))'
        )

    def _named(self) -> tuple[str, str, str, str]:
        return (*self.lines, self.name, self.group)

    def _trigger(self, event: str) -> str:
        whole = ".".join((*self.lines, self.name))
        digest = hashlib.sha256(whole.encode()).hexdigest()[:_DIGEST_CHARACTERS]
        return f'"EERP_{self.name[:_NAME_CHARACTERS]}_{digest}_{event}"'

    def _touch(self, event: str) -> str:
        """Write the rows of the entries whose lines changed; once a transaction, for
        the first time makes the check of its end."""
        return (
            f'UPDATE {_sql(self.entries)} AS e SET "version" = e."version" WHERE '
            f'e."id" IN ({self._changed(event)}) '
            "AND e.xmin <> pg_current_xact_id()::xid"
        )

    def _changed(self, event: str) -> str:
        group = quote(self.group)
        if event != "update":
            rows = "new_rows" if event == "insert" else "old_rows"
            return f'SELECT l.{group} FROM {rows} AS l WHERE l."deleted_at" IS NULL'
        columns = [group, *(quote(column) for column, _ in self.amounts)]
        old = ", ".join(['o."deleted_at" IS NULL', *(f"o.{c}" for c in columns)])
        new = ", ".join(['n."deleted_at" IS NULL', *(f"n.{c}" for c in columns)])
        return (
            f"SELECT unnest(ARRAY[o.{group}, n.{group}]) FROM old_rows AS o "
            'JOIN new_rows AS n ON n."id" = o."id" '
            f"WHERE ROW({old}) IS DISTINCT FROM ROW({new})"
        )

    def _unbalanced(self) -> str:
        return f'SELECT {self._sum()} <> 0 FROM {self._live()} AND e."id" = $1'

    def _sum(self) -> str:
        terms = (
            f"coalesce(l.{quote(column)}, 0)::numeric * {factor}"
            for column, factor in self.amounts
        )
        return f"sum({' + '.join(terms)})"

    def _live(self) -> str:
        """Lines that count, each beside its entry."""
        return (
            f"{_sql(self.lines)} AS l JOIN {_sql(self.entries)} AS e "
            f'ON e."id" = l.{quote(self.group)} WHERE l."deleted_at" IS NULL '
            f'AND e."deleted_at" IS NULL AND {self.when}'
        )


def _sql(name: TableName) -> str:
    return f"{quote(name[0])}.{quote(name[1])}"
