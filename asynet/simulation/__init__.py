"""Simulate a network of one's own, and ask what a neuroscientist asks of its spikes."""
