"""Values against JSON Schemas, and JSON Schemas against each other.

::

    check = compile_schema({"type": "integer", "minimum": 1})
    check.accepts(0)          # False
    check.faults(0)           # (Fault("", "minimum", "must be at least 1"),)
    misfits({"type": ["integer", "null"]}, {"type": "integer"})
                              # ("may be null",)
"""

from eerp.schema.check import SchemaCheck, compile_schema
from eerp.schema.compare import misfits

__all__ = ["SchemaCheck", "compile_schema", "misfits"]
