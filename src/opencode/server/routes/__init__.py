"""The shelf of routes: one file a domain with its table; the folder listing is the registry."""
