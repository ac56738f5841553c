"""Networks of stochastic neurons with asymmetric weights, trained by variational walkback."""
