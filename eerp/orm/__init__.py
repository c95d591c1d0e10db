"""Models to SQL: what a module describes becomes statements and records.

While modules load::

    described = registry.read("crm", models, extensions, depends)
    registry.admit(described)
    registry.freeze()

While requests are served::

    repository = Repository(registry, cursor_key)
    result = await repository.run(
        transaction, "crm", b'{"op": "get", "model": "contacts", "id": "..."}',
        actor=identity, last=True,
    )
    result.body  # the record, as JSON that PostgreSQL made

Up the stairs: `fields` (types), `model` and `relations` and `view` (models, and what
is seen of them), `condition` and `access` (filters, and who sees what), `describe` and
`registry`, `query` and `querystring` and `aggregate` (requests), the files `compile_*`
(statements), `operation` and `repository`. The tables themselves are the business of
:mod:`eerp.migrations`.
"""

from eerp.orm.model import Field, Model
from eerp.orm.operation import OperationResult
from eerp.orm.registry import Described, ModelRegistry
from eerp.orm.repository import Repository

__all__ = [
    # model, registry
    "Described", "Field", "Model", "ModelRegistry",
    # operation, repository
    "OperationResult", "Repository",
]  # fmt: skip
