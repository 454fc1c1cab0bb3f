"""The only rooms of this package that touch the database and files."""
