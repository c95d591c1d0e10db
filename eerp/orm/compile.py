"""From checked requests to SQL: conditions, for whoever keeps them in a table too.

Pure. Values are bound and only checked identifiers are joined. The statements of
operations are in the files beside this one: `compile_find`, `compile_aggregate`,
`compile_write`, `compile_bulk`.
"""

from __future__ import annotations

from eerp.orm.compile_where import compile_condition

__all__ = ["compile_condition"]
