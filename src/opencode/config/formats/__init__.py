"""Settings as text: TOML, JSON and YAML read, and changed with all else left as it was."""
