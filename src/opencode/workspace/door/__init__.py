"""What the door does, deed by deed: `Workspace` only opens it."""
