"""Tables in Markdown, and how numbers look in them."""


def table(head, rows):
    """A table of strings; a row shorter than the head is filled with dashes."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [*row, *["–"] * (len(head) - len(row))]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def seconds(value):
    return f"{value:.2f} s"


def megabytes(kib):
    """`kib` is in KiB, as /proc has it."""
    return f"{kib / 1024:.1f} MB"


def per_object(kib, objects):
    return f"{kib / objects:.2f} KB" if objects else "–"
