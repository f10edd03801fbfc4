"""The second wall: processes that render what strangers wrote, and can do nothing else.

The first wall, inside `messages.language.render`, bounds what a template can do; this one bounds what an error of ours in
the first could cost. What lives here: the processes and what is said to them (`work`, `pool`), what they do (`child`,
`jobs`) and what keeps them in (`confinement`). `child`, `jobs` and `confinement` run in the child alone; what these import
costs each start of one, so that no kinds and no pydantic are among it.
"""
