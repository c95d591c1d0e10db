"""Models to SQL: what a module describes becomes tables, statements and records.

While modules load::

    steps = plan(migrations, await applied(transaction, "crm"), "crm", depends)
    await apply(pool, "crm", steps)
    described = registry.read(
        "crm", description["models"], description.get("extensions"), depends
    )
    await verify(transaction, described)
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
(statements), `operation` and `repository`; and beside them `replay`, `ddl`, `migration`
and `migrate`.
"""

from eerp.orm.migrate import Applied, applied, apply, plan, verify
from eerp.orm.migration import Step
from eerp.orm.model import Field, Model
from eerp.orm.operation import OperationResult
from eerp.orm.registry import Described, ModelRegistry
from eerp.orm.repository import Repository

__all__ = [
    # migrate, migration
    "Applied", "Step", "applied", "apply", "plan", "verify",
    # model, registry
    "Described", "Field", "Model", "ModelRegistry",
    # operation, repository
    "OperationResult", "Repository",
]  # fmt: skip
