"""The OpenAPI document, made of the route table and the models.

::

    document = build(
        table.routes(), registry, core_routes, version="0.1.0", modules=manifests
    )
    document["paths"]["/api/crm/contacts"]["get"]["operationId"]
    # "crm_contacts_list"
    permitted(document, identity.may)
    # the same with only what the caller may call
"""

from eerp.openapi.doc import Doc, page_of
from eerp.openapi.document import build
from eerp.openapi.permitted import permitted

__all__ = [
    # doc
    "Doc", "page_of",
    # document
    "build",
    # permitted
    "permitted",
]  # fmt: skip
