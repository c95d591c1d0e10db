"""Tells ``twistd`` of the service ``eerp``. Nothing here may import the reactor."""

from twisted.application.service import ServiceMaker

eerp = ServiceMaker(
    name="EERP",
    module="eerp.startup.service",
    description="The EERP daemon: business modules over HTTP.",
    tapname="eerp",
)
