"""What a person writes, completes and wrote before."""
