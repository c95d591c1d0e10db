"""The feed of committed changes: what was done to which record, told after commit.

It is read from the audit trail, so nothing more is written for it. A client that comes
back with the cursor of what it was told last misses nothing and hears nothing twice::

    feed = Feed(pool, names_of_models)
    live = Live(feed, Tail(feed, reactor), Sight(pool), reactor)
    watched = readable(registry, identity, ["crm.contacts", "crm.leads"])
    follower = await live.begin(watched, cursor)
    async for page, numbers in follower.pages():
        for number in numbers:
            print(page.changes[number].data, page.cursor(number))

Which file does what::

    place    how far each lane of the trail is read, and a client's cursor of that; pure
    change   one change, and the order of several; pure
    feed     reads pages of the trail
    sight    which changes a caller may hear of; once: asks for many at once
    tail     reads what is new, once for all streams
    follow   one client's way: from its cursor to the present, then with the tail
"""

from eerp.changes.change import Change, Page
from eerp.changes.feed import Astray, Feed
from eerp.changes.follow import Follower, Live, Overrun
from eerp.changes.place import Cursor, Place
from eerp.changes.sight import Sight, Watched, readable
from eerp.changes.tail import Tail

__all__ = [
    "Astray", "Change", "Cursor", "Feed", "Follower", "Live", "Overrun", "Page",
    "Place", "Sight", "Tail", "Watched", "readable",
]  # fmt: skip
