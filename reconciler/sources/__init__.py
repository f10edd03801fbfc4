"""Sources: where desired state comes from.

What lives here: manifests read into documents, template sources, stored files, secrets by name, and the built-in messages
(`builtin/`). What may not: what a field means (`reconciler.kinds` decides that) and any write. ruamel.yaml's C parser is
imported in `yaml/` alone; its exceptions are diagnostics from there on.
"""
