"""Help for people who write manifests: format, export, init, explain, render."""
