"""What several tools need; no tools."""
