"""Mail that comes back: what it is, which delivery it is about, and what follows from it. Pure.

A message is taken apart within bounds (message.py), recognised (recognise.py), tied to a delivery by what we signed
(tie.py), and judged by the table of policy.py; pace.py says when a mailbox is read again.
"""
