"""FACE: many prompts, each in a worktree or copy of its own, on this machine or on many."""
