"""The numbers of the pages: kept in results/, recorded from runs, written into Markdown."""
