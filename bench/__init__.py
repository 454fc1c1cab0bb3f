"""`make bench`: what the system does in one run on one machine, as ratios to a peer or to a limit."""
