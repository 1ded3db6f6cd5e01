"""The ground: nouns every room shares. Frozen or plain data, Protocols, pure functions; no I/O."""
