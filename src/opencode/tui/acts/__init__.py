"""What commands do, grouped by what they act on."""
