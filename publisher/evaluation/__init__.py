"""Measuring what drafting does, on real texts (pure): judging and figures, no printing.

grounding.py   what the checks accept and refuse, by class, with mutations.py
retrieval.py   how often the search finds what editors linked to; retrieval_files.py reads passages and queries
"""
