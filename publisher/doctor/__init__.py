"""What receivers and readers ask of a sender, and what to publish where it is not there (pure; the asking is in adapters).

records.py   every record of a publication, for `setup` and `doctor`     finding.py   what one look says
spf.py       SPF as a receiver evaluates it, with its limits             dmarc.py     the tree walk, and alignment
keys.py      DKIM                                                        servers.py   MX, web, reverse DNS
"""

from publisher.doctor.dmarc import aligned
from publisher.doctor.finding import Finding, Level, RecordState, txt_record
from publisher.doctor.keys import OwnKey
from publisher.doctor.records import look_up, looks

__all__ = ["Finding", "Level", "OwnKey", "RecordState", "aligned", "look_up", "looks", "txt_record"]
