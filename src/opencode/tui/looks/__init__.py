"""How things look: themes, styles, lines, and text that is safe to paint."""
