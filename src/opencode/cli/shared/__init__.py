"""What several commands need, no commands."""
