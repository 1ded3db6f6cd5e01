"""A face: editors, spoken to in the Agent Client Protocol."""
