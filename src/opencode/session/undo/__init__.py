"""The files a session changed: watched, kept, taken back and brought again."""
