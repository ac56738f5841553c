"""Say here what this package holds."""
