"""The rooms that touch the world: files, database, mail servers, model endpoints. One file each."""
