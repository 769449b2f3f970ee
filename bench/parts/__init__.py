"""What is measured: one thing a module, each with a `run` that returns Markdown."""
