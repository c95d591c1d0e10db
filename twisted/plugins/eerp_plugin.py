"""Tells ``twistd`` of the service ``eerp``. Nothing here may import the reactor."""

import gc

from twisted.application.service import ServiceMaker


class EerpMaker(ServiceMaker):
    """Imports the daemon without the collector of garbage, which would look at all
    that is imported again and again, an eighth of the time, and find nothing."""

    @property
    def options(self):  # noqa: ANN201  # as Twisted has it
        """The first that twistd asks for; it imports the rest."""
        gc.disable()
        try:
            return super().options
        finally:
            gc.freeze()
            gc.enable()


eerp = EerpMaker(
    name="EERP",
    module="eerp.startup.service",
    description="The EERP daemon: business modules over HTTP.",
    tapname="eerp",
)
