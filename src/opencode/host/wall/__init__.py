"""What commands may see and touch: the kinds of wall, and what each is built of."""
