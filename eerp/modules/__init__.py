"""Module folders as data; no guest is run here.

::

    detection = detect(config)
    plan = sort(detection, config.on_module_error)
    for group in plan.groups:
        for manifest in group:
            allowance = allow(manifest, config)
"""

from __future__ import annotations

from eerp.modules.allow import Allowance, allow
from eerp.modules.detect import Detection, detect
from eerp.modules.manifest import Manifest, MiddlewareEntry, read_manifest
from eerp.modules.sort import Plan, failed_dependency, sort

__all__ = [
    "Allowance", "allow",
    "Detection", "detect",
    "Manifest", "MiddlewareEntry", "read_manifest",
    "Plan", "failed_dependency", "sort",
]  # fmt: skip
