"""What a project is opened with: its shelf, its walls, what people added, how it reaches out."""
