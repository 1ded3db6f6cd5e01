"""What the transcript shows, as pure functions from blocks to lines."""
