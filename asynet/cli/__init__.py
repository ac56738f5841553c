"""The `asynet` command, one file for each subcommand: they read arguments and print results."""
