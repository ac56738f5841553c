"""One file a data set: its official format in, a `Dataset` or an `ImageDataset` out."""
