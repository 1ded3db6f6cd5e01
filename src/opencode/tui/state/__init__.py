"""What the screen shows, as data: it knows no widget."""
