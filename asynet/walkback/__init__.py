"""Variational walkback: walks, heating and cooling, likelihoods, local learning rules."""
