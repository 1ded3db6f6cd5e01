"""The street door: typer, one file a command, loaded when called."""
