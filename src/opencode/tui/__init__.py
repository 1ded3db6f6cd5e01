"""The terminal: a face that works through the Door and draws plain data."""
