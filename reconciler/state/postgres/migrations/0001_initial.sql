-- The tables of the SQLite backend, alike in names, columns and what they hold: texts compare by their bytes in both, and times
-- are text. Statements find them by the search path, which holds this schema alone.

-- Times are text as `model.journal.timestamp` writes them: fixed width, so that text order is time order.
-- JSON columns hold canonical JSON (`model.canonical`).

-- One row. `changes` grows with every transaction that takes its turn, which is the lock of this row; `writer` is the mark of the
-- last one, by which it is known whether a commit whose answer was lost was carried out. `version`: of the schema.
CREATE TABLE state (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  lineage TEXT COLLATE "C",
  serial BIGINT NOT NULL CHECK (serial >= 0 AND (lineage IS NULL) = (serial = 0)),
  changes BIGINT NOT NULL,
  writer TEXT COLLATE "C" NOT NULL,
  version BIGINT NOT NULL
);
INSERT INTO state (id, lineage, serial, changes, writer, version) VALUES (1, NULL, 0, 0, '', 1);

-- `serial`: the commit that wrote the resource last.
CREATE TABLE resources (
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  owner TEXT COLLATE "C" NOT NULL,
  schema_version BIGINT NOT NULL,
  metadata TEXT COLLATE "C" NOT NULL,
  spec TEXT COLLATE "C" NOT NULL,
  templates TEXT COLLATE "C" NOT NULL,
  files TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  serial BIGINT NOT NULL,
  PRIMARY KEY (kind, name)
);

CREATE TABLE blobs (
  digest TEXT COLLATE "C" PRIMARY KEY CHECK (length(digest) = 64),
  content BYTEA NOT NULL
);

CREATE TABLE requests (
  id TEXT COLLATE "C" PRIMARY KEY,
  type TEXT COLLATE "C" NOT NULL,
  process TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  requester TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  fields TEXT COLLATE "C" NOT NULL,
  stages TEXT COLLATE "C" NOT NULL,
  rules TEXT COLLATE "C" NOT NULL,
  created TEXT COLLATE "C" NOT NULL,
  opened TEXT COLLATE "C" NOT NULL,
  expires TEXT COLLATE "C" NOT NULL,
  due TEXT COLLATE "C",
  state TEXT COLLATE "C" NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'cancelled')),
  stage BIGINT NOT NULL CHECK (stage >= 0),
  revision BIGINT NOT NULL CHECK (revision >= 1),
  submitted_by TEXT COLLATE "C" NOT NULL,
  accepted TEXT COLLATE "C",
  completed TEXT COLLATE "C"
);
CREATE INDEX requests_due ON requests (due, id) WHERE state = 'pending' AND due IS NOT NULL;
CREATE INDEX requests_newest ON requests (created, id);
CREATE INDEX requests_newest_by_state ON requests (state, created, id);

-- `person` is the person key: one word per person and request.
CREATE TABLE decisions (
  request TEXT COLLATE "C" NOT NULL REFERENCES requests (id),
  position BIGINT NOT NULL,
  person TEXT COLLATE "C" NOT NULL,
  address TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  choice TEXT COLLATE "C" NOT NULL CHECK (choice IN ('approve', 'deny')),
  comment TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  stage BIGINT NOT NULL,
  via TEXT COLLATE "C" NOT NULL,
  identity TEXT COLLATE "C" NOT NULL,
  operator TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (request, position),
  UNIQUE (request, person)
);

-- `wanted` is when the message itself is to be tried next; `due` is later than that while its server is paused.
-- `state_before`, `lease_token`, `lease_until` are set exactly while the message is being sent.
CREATE TABLE messages (
  id TEXT COLLATE "C" PRIMARY KEY,
  key TEXT COLLATE "C" NOT NULL UNIQUE,
  task TEXT COLLATE "C" NOT NULL,
  server TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  envelope_from TEXT COLLATE "C" NOT NULL,
  fates TEXT COLLATE "C" NOT NULL,
  created TEXT COLLATE "C" NOT NULL,
  wanted TEXT COLLATE "C" NOT NULL,
  due TEXT COLLATE "C" NOT NULL CHECK (due >= wanted),
  give_up TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL
    CHECK (state IN ('queued', 'sending', 'delivered', 'deferred', 'failed', 'ambiguous', 'cancelled')),
  attempts BIGINT NOT NULL,
  request TEXT COLLATE "C",
  stage BIGINT,
  person TEXT COLLATE "C",
  slot TEXT COLLATE "C",
  state_before TEXT COLLATE "C" CHECK (state_before IN ('queued', 'deferred', 'ambiguous')),
  lease_token TEXT COLLATE "C",
  lease_until TEXT COLLATE "C",
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
  message TEXT COLLATE "C" PRIMARY KEY REFERENCES messages (id),
  data BYTEA NOT NULL
);

CREATE TABLE attempts (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  message TEXT COLLATE "C" NOT NULL REFERENCES messages (id),
  at TEXT COLLATE "C" NOT NULL,
  server TEXT COLLATE "C" NOT NULL,
  verdicts TEXT COLLATE "C" NOT NULL,
  fault TEXT COLLATE "C" NOT NULL
);
CREATE INDEX attempts_of_message ON attempts (message, id);

-- Servers that could not be used when last tried; `until` is when their mail is due again.
CREATE TABLE servers (
  name TEXT COLLATE "C" PRIMARY KEY,
  failures BIGINT NOT NULL CHECK (failures >= 1),
  fault TEXT COLLATE "C" NOT NULL,
  until TEXT COLLATE "C" NOT NULL
);

CREATE TABLE journal (
  sequence BIGINT PRIMARY KEY,
  previous TEXT COLLATE "C" NOT NULL,
  hash TEXT COLLATE "C" NOT NULL UNIQUE,
  text TEXT COLLATE "C" NOT NULL,
  event TEXT COLLATE "C" NOT NULL,
  subject TEXT COLLATE "C" NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  data TEXT COLLATE "C" NOT NULL
);

CREATE TABLE lock (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  token TEXT COLLATE "C" NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  host TEXT COLLATE "C" NOT NULL,
  process BIGINT NOT NULL,
  started TEXT COLLATE "C" NOT NULL,
  operation TEXT COLLATE "C" NOT NULL,
  since TEXT COLLATE "C" NOT NULL
);

-- Every commit of resources, with what it changed, so that any revision can be shown and gone back to.
-- `source`: the commit of version control it came from. `complete`: 0 for what was applied before records were kept.
CREATE TABLE revisions (
  serial BIGINT PRIMARY KEY CHECK (serial >= 1),
  at TEXT COLLATE "C" NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  operation TEXT COLLATE "C" NOT NULL,
  operator TEXT COLLATE "C" NOT NULL,
  source TEXT COLLATE "C" NOT NULL,
  digest TEXT COLLATE "C" NOT NULL,
  summary TEXT COLLATE "C" NOT NULL,
  complete BIGINT NOT NULL CHECK (complete IN (0, 1))
);

-- `before` and `after`: whole records as JSON. `previous`: the name a move came from, of the same kind.
CREATE TABLE revision_changes (
  serial BIGINT NOT NULL REFERENCES revisions (serial),
  position BIGINT NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  previous TEXT COLLATE "C",
  action TEXT COLLATE "C" NOT NULL CHECK (action IN ('create', 'update', 'delete', 'none')),
  before TEXT COLLATE "C",
  after TEXT COLLATE "C",
  PRIMARY KEY (serial, position)
);
CREATE INDEX revision_changes_of_resource ON revision_changes (kind, name, serial);
CREATE INDEX revision_changes_moved ON revision_changes (kind, previous, serial) WHERE previous IS NOT NULL;

-- Stops put on resources from outside the manifests; `until` NULL: until somebody resumes.
CREATE TABLE suspensions (
  kind TEXT COLLATE "C" NOT NULL,
  name TEXT COLLATE "C" NOT NULL,
  actor TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  until TEXT COLLATE "C",
  PRIMARY KEY (kind, name)
);

-- A person's stop on all applies: one row, or none.
CREATE TABLE "freeze" (
  id BIGINT PRIMARY KEY CHECK (id = 1),
  actor TEXT COLLATE "C" NOT NULL,
  operator TEXT COLLATE "C" NOT NULL,
  at TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%', TG_ARGV[0];
END $$;
CREATE TRIGGER message_data_is_frozen BEFORE UPDATE ON message_data
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('the bytes of a message are frozen');
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('the journal is append-only');

CREATE FUNCTION require_chain() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last RECORD;
BEGIN
  SELECT sequence, hash INTO last FROM journal ORDER BY sequence DESC LIMIT 1;
  IF NEW.sequence <> 1 + coalesce(last.sequence, 0) OR NEW.sequence > 1 AND NEW.previous <> last.hash THEN
    RAISE EXCEPTION 'the journal is append-only';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER journal_is_a_chain BEFORE INSERT ON journal FOR EACH ROW EXECUTE FUNCTION require_chain();
