"""The front door: what `import asynet as an` gives, beyond the parts that lie deeper."""
