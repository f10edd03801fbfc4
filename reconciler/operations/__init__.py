"""Operations: a folder per subject, a verb or a few of one kind per file. Each reads, asks the pure packages, and writes.

What lives here: the order in which things are read and written, and nothing that could be decided without reading or
writing. What may not: parsing of arguments, printing, and the name of a concrete backend or transport.
"""
