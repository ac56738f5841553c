"""What weights say about symmetry: measures of a matrix, its graph, its modes, over training."""
