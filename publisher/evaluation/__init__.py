"""Measuring what drafting does, on real texts (pure): judging and figures, no printing.

grounding.py   what the checks accept and refuse, by class, with mutations.py
"""
