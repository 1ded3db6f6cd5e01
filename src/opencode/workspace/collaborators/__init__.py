"""What the kit of a run is packed from: each meets the loop at one point of it."""
