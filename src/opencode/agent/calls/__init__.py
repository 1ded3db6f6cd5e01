"""How what models write becomes typed calls of tools."""
