"""The ground: random numbers, exact arithmetic, laws of neurons, estimates, checks of arguments."""
