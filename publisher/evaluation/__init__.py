"""Measuring what drafting does, on real texts (pure): judging and figures, no printing.

drafting.py    past issues drafted again, and what of it cites as the editors did
grounding.py   what the checks accept and refuse, by class, with mutations.py
repeats.py     how many repeats of past issues are noticed
overview.py    all figures as one table, with the least that each may be; own_queries.py makes queries of a publication's issues
retrieval.py   how often the search finds what editors linked to; retrieval_files.py reads passages and queries
"""
