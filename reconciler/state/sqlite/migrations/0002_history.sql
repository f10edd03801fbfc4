-- Every commit of resources, with what it changed, so that any revision can be shown and gone back to.
-- `source`: the commit of version control it came from. `complete`: 0 for what was applied before records were kept.
CREATE TABLE revisions (
  serial INTEGER PRIMARY KEY CHECK (serial >= 1),
  at TEXT NOT NULL,
  actor TEXT NOT NULL,
  operation TEXT NOT NULL,
  operator TEXT NOT NULL,
  source TEXT NOT NULL,
  digest TEXT NOT NULL,
  summary TEXT NOT NULL,
  complete INTEGER NOT NULL CHECK (complete IN (0, 1))
);

-- `before` and `after`: whole records as JSON. `previous`: the name a move came from, of the same kind.
CREATE TABLE revision_changes (
  serial INTEGER NOT NULL REFERENCES revisions (serial),
  position INTEGER NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  previous TEXT,
  action TEXT NOT NULL CHECK (action IN ('create', 'update', 'delete', 'none')),
  before TEXT,
  after TEXT,
  PRIMARY KEY (serial, position)
);
CREATE INDEX revision_changes_of_resource ON revision_changes (kind, name, serial);
CREATE INDEX revision_changes_moved ON revision_changes (kind, previous, serial) WHERE previous IS NOT NULL;

-- What the journal tells of earlier commits.
INSERT INTO revisions
SELECT json_extract(data, '$.serial'), at, actor, 'apply', coalesce(json_extract(data, '$.operator'), ''), '',
  coalesce(json_extract(data, '$.digest'), ''), coalesce(json_extract(data, '$.summary'), '{}'), 0
FROM journal
WHERE event = 'config.applied' AND json_type(data, '$.serial') = 'integer'
GROUP BY json_extract(data, '$.serial');

INSERT INTO revision_changes
SELECT json_extract(journal.data, '$.serial'), item.key,
  substr(json_extract(item.value, '$.address'), 1, instr(json_extract(item.value, '$.address'), '/') - 1),
  substr(json_extract(item.value, '$.address'), instr(json_extract(item.value, '$.address'), '/') + 1),
  NULL, json_extract(item.value, '$.action'), NULL, NULL
FROM journal, json_each(journal.data, '$.changes') AS item
WHERE journal.event = 'config.applied' AND json_type(journal.data, '$.serial') = 'integer';

-- Stops put on resources from outside the manifests; `until` NULL: until somebody resumes.
CREATE TABLE suspensions (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  actor TEXT NOT NULL,
  at TEXT NOT NULL,
  reason TEXT NOT NULL,
  until TEXT,
  PRIMARY KEY (kind, name)
);

-- A person's stop on all applies: one row, or none.
CREATE TABLE freeze (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  actor TEXT NOT NULL,
  operator TEXT NOT NULL,
  at TEXT NOT NULL,
  reason TEXT NOT NULL
);

-- What was applied before resources could be protected is not.
UPDATE resources SET metadata = json_set(metadata, '$.protected', json('false'))
WHERE json_type(metadata, '$.protected') IS NULL;
