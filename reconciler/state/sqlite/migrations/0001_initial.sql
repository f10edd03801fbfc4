-- Times are text as `model.journal.timestamp` writes them: fixed width, so that text order is time order.
-- JSON columns hold canonical JSON (`model.canonical`).

-- One row. `changes` grows with every write transaction: what a waiting runner looks at.
CREATE TABLE state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  lineage TEXT,
  serial INTEGER NOT NULL CHECK (serial >= 0 AND (lineage IS NULL) = (serial = 0)),
  changes INTEGER NOT NULL
);
INSERT INTO state (id, lineage, serial, changes) VALUES (1, NULL, 0, 0);

-- `serial`: the commit that wrote the resource last.
CREATE TABLE resources (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  metadata TEXT NOT NULL,
  spec TEXT NOT NULL,
  templates TEXT NOT NULL,
  files TEXT NOT NULL,
  source TEXT NOT NULL,
  serial INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
);

CREATE TABLE blobs (
  digest TEXT PRIMARY KEY CHECK (length(digest) = 64),
  content BLOB NOT NULL
);

CREATE TABLE requests (
  id TEXT PRIMARY KEY,
  type TEXT NOT NULL,
  process TEXT NOT NULL,
  subject TEXT NOT NULL,
  requester TEXT NOT NULL,
  reason TEXT NOT NULL,
  fields TEXT NOT NULL,
  stages TEXT NOT NULL,
  rules TEXT NOT NULL,
  created TEXT NOT NULL,
  opened TEXT NOT NULL,
  expires TEXT NOT NULL,
  due TEXT,
  state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'cancelled')),
  stage INTEGER NOT NULL CHECK (stage >= 0),
  revision INTEGER NOT NULL CHECK (revision >= 1),
  submitted_by TEXT NOT NULL,
  accepted TEXT,
  completed TEXT
);
CREATE INDEX requests_due ON requests (due, id) WHERE state = 'pending' AND due IS NOT NULL;
CREATE INDEX requests_newest ON requests (created, id);
CREATE INDEX requests_newest_by_state ON requests (state, created, id);

-- `person` is the person key: one word per person and request.
CREATE TABLE decisions (
  request TEXT NOT NULL REFERENCES requests (id),
  position INTEGER NOT NULL,
  person TEXT NOT NULL,
  address TEXT NOT NULL,
  name TEXT NOT NULL,
  choice TEXT NOT NULL CHECK (choice IN ('approve', 'deny')),
  comment TEXT NOT NULL,
  at TEXT NOT NULL,
  stage INTEGER NOT NULL,
  via TEXT NOT NULL,
  identity TEXT NOT NULL,
  operator TEXT NOT NULL,
  PRIMARY KEY (request, position),
  UNIQUE (request, person)
);

-- `wanted` is when the message itself is to be tried next; `due` is later than that while its server is paused.
-- `state_before`, `lease_token`, `lease_until` are set exactly while the message is being sent.
CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  task TEXT NOT NULL,
  server TEXT NOT NULL,
  subject TEXT NOT NULL,
  envelope_from TEXT NOT NULL,
  fates TEXT NOT NULL,
  created TEXT NOT NULL,
  wanted TEXT NOT NULL,
  due TEXT NOT NULL CHECK (due >= wanted),
  give_up TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('queued', 'sending', 'delivered', 'deferred', 'failed', 'ambiguous', 'cancelled')),
  attempts INTEGER NOT NULL,
  request TEXT,
  stage INTEGER,
  person TEXT,
  slot TEXT,
  state_before TEXT CHECK (state_before IN ('queued', 'deferred', 'ambiguous')),
  lease_token TEXT,
  lease_until TEXT,
  CHECK ((state = 'sending') = (lease_token IS NOT NULL)),
  CHECK ((lease_token IS NULL) = (lease_until IS NULL) AND (lease_token IS NULL) = (state_before IS NULL))
);
CREATE INDEX messages_due ON messages (due, id) WHERE state IN ('queued', 'deferred', 'ambiguous');
CREATE INDEX messages_waiting ON messages (server, due) WHERE state IN ('queued', 'deferred', 'ambiguous');
CREATE INDEX messages_leased ON messages (lease_until, id) WHERE state = 'sending';
CREATE INDEX messages_by_lease ON messages (lease_token) WHERE state = 'sending';
CREATE INDEX messages_unfinished_of_server ON messages (server, id) WHERE state NOT IN ('delivered', 'failed', 'cancelled');
CREATE INDEX messages_unfinished_of_task ON messages (task, id) WHERE state NOT IN ('delivered', 'failed', 'cancelled');
CREATE INDEX messages_of_request ON messages (request, created, id) WHERE request IS NOT NULL;
CREATE INDEX messages_newest ON messages (created, id);
CREATE INDEX messages_newest_by_state ON messages (state, created, id);

-- Beside the message, so that moving it does not rewrite its bytes.
CREATE TABLE message_data (
  message TEXT PRIMARY KEY REFERENCES messages (id),
  data BLOB NOT NULL
);
CREATE TRIGGER message_data_is_frozen BEFORE UPDATE ON message_data
BEGIN SELECT RAISE(ABORT, 'the bytes of a message are frozen'); END;

CREATE TABLE attempts (
  id INTEGER PRIMARY KEY,
  message TEXT NOT NULL REFERENCES messages (id),
  at TEXT NOT NULL,
  server TEXT NOT NULL,
  verdicts TEXT NOT NULL,
  fault TEXT NOT NULL
);
CREATE INDEX attempts_of_message ON attempts (message, id);

-- Servers that could not be used when last tried; `until` is when their mail is due again.
CREATE TABLE servers (
  name TEXT PRIMARY KEY,
  failures INTEGER NOT NULL CHECK (failures >= 1),
  fault TEXT NOT NULL,
  until TEXT NOT NULL
);

CREATE TABLE journal (
  sequence INTEGER PRIMARY KEY,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  text TEXT NOT NULL,
  event TEXT NOT NULL,
  subject TEXT NOT NULL,
  actor TEXT NOT NULL,
  at TEXT NOT NULL,
  data TEXT NOT NULL
);
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER journal_is_a_chain BEFORE INSERT ON journal
WHEN NEW.sequence IS NOT 1 + coalesce((SELECT max(sequence) FROM journal), 0)
  OR NEW.sequence > 1 AND NEW.previous IS NOT (SELECT hash FROM journal WHERE sequence = NEW.sequence - 1)
BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

CREATE TABLE lock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  token TEXT NOT NULL,
  actor TEXT NOT NULL,
  host TEXT NOT NULL,
  process INTEGER NOT NULL,
  started TEXT NOT NULL,
  operation TEXT NOT NULL,
  since TEXT NOT NULL
);
