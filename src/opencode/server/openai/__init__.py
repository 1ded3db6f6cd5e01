"""OpenAI's API over our providers."""
