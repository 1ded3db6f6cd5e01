"""How `opencode run` shows events: for people, in the original's lines, or complete."""
