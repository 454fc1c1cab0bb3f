"""The lists that other systems export: how to recognise each, what its columns hold, what its statuses mean. Only data.

`vendor.py` is the shape of the tables; `pressroom.py`, `newsletters.py`, `mailers.py` and `self_hosted.py` hold the systems;
`anywhere.py` is a list of unknown origin.
"""

from subscribers.vendors.anywhere import ANY, ANYWHERE
from subscribers.vendors.mailers import MAILERS
from subscribers.vendors.newsletters import NEWSLETTERS
from subscribers.vendors.pressroom import NO_READER, OURS, SUPPRESSIONS
from subscribers.vendors.self_hosted import SELF_HOSTED
from subscribers.vendors.vendor import (
    SEVERAL,
    UNCONFIRMED,
    Column,
    Flag,
    Meaning,
    Never,
    Silence,
    Vendor,
    Words,
    happened,
)

VENDORS = (OURS, SUPPRESSIONS, *NEWSLETTERS, *MAILERS, *SELF_HOSTED, ANY)
"""In the order in which they are tried."""

__all__ = (
    "ANY", "ANYWHERE", "NO_READER", "SEVERAL", "UNCONFIRMED", "VENDORS", "Column", "Flag", "Meaning", "Never", "Silence",
    "Vendor", "Words", "happened",
)  # fmt: skip
