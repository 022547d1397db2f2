"""The commands of `eoc`, one file a family."""
