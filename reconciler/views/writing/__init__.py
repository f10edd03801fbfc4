"""How output is written: harmless characters, tables and colours, JSON."""
