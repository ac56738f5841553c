"""Transition operators of images: torch modules that are trained by walkback."""
