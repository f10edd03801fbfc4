"""Messages: the variables templates see, the two-walled renderer, and the bytes a mail is made of.

What lives here: contexts, checks of templates, rendering, MIME composition, verdicts on SMTP replies, back-off. What may
not: I/O, clocks, random numbers. Template sources arrive as text; jinja2 is imported in `language.render` and
`language.counting` alone.
"""
