"""Content by git: a thin layer over the `git` program.

program.py     runs the program
repository.py  commits, merges, and the remote
tree.py        the folder and its index
written.py     which files the service wrote
notes.py       what is remembered between two rounds
"""
