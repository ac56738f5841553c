"""What a model is compared with: classifiers, Gaussians, associative memories, Inception."""
