"""The code that touches the world: files, database, mail servers, model endpoints. One file each."""
