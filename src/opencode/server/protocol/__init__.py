"""Our nouns in the words of the protocol's clients, first and second generation."""
