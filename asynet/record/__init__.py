"""What a run leaves behind for others to read: its trajectory, and exports of it."""
