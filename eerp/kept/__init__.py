"""What people keep beside the records of modules.

::

    comments = Comments(pool, operations)
    page = await comments.page(identity, "crm", "companies", record_id, limit=50)

`filters` are searches by name, one's own or shared; `preferences` one JSON object a
user; `comments` are about a record, for whoever sees it.
"""

from eerp.kept.comments import Comments
from eerp.kept.filters import SHARE, FilterChange, Filters
from eerp.kept.preferences import Preferences

__all__ = [
    "Comments",
    "SHARE", "FilterChange", "Filters",
    "Preferences",
]  # fmt: skip
