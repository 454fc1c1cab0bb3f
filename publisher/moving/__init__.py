"""A publication on its way: moved to another database, backed up, exported, and brought back.

    move        every table to another database, resumable                    database_move.py
    backup      one file with everything; an export is the same as a folder   backup.py
    restore     either of them into an empty folder and an empty database     restore.py, uncertain.py

Below them: what a backup consists of (manifest.py), how its files are written and read (files.py), and all tables of the
database (tables.py).
"""
