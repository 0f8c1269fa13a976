"""Side-by-side measurements: each prints a figure, its ratio to a peer run beside it, and ends with an audit."""
