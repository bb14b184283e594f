// The provider's records, in one SQLite file: an oidc-provider adapter that survives kill -9.
//
// Every write is one transaction, on the disk before the call returns (WAL, synchronous=FULL).

import { DatabaseSync } from 'node:sqlite';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS entries (
    model TEXT NOT NULL, id TEXT NOT NULL, payload TEXT NOT NULL, expires_at INTEGER,
    grant_id TEXT, uid TEXT, user_code TEXT, PRIMARY KEY (model, id)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS entries_by_grant ON entries (grant_id);
  CREATE INDEX IF NOT EXISTS entries_by_expiry ON entries (expires_at);
  CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
`;

const ALIVE = '(expires_at IS NULL OR expires_at > ?)';

const now = () => Math.floor(Date.now() / 1000);

/** Opens (or creates) the file at `path`; `expires_at` is in seconds since 1970, NULL for never. */
export class Store {
  constructor(path) {
    this.database = new DatabaseSync(path);
    this.database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    this.database.exec(SCHEMA);
    this.statements = new Map();
  }

  #run(sql, ...values) {
    return this.#prepared(sql).run(...values);
  }

  #prepared(sql) {
    if (!this.statements.has(sql)) this.statements.set(sql, this.database.prepare(sql));
    return this.statements.get(sql);
  }

  put(model, id, payload, lifeInSeconds) {
    this.#run('DELETE FROM entries WHERE expires_at <= ?', now());
    this.#run(
      'INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)',
      model,
      id,
      JSON.stringify(payload),
      typeof lifeInSeconds === 'number' ? now() + lifeInSeconds : null,
      payload.grantId ?? null,
      payload.uid ?? null,
      payload.userCode ?? null,
    );
  }

  /** The payload whose `column` (id, uid or user_code) has `value`; undefined when there is none. */
  find(model, column, value) {
    const row = this.#prepared(
      `SELECT payload FROM entries WHERE model = ? AND ${column} = ? AND ${ALIVE}`,
    ).get(model, value, now());
    return row && JSON.parse(row.payload);
  }

  all(model) {
    return this.#prepared(
      `SELECT payload FROM entries WHERE model = ? AND ${ALIVE} ORDER BY rowid`,
    ).all(model, now()).map((row) => JSON.parse(row.payload));
  }

  consume(model, id) {
    this.#run(
      "UPDATE entries SET payload = json_set(payload, '$.consumed', ?) WHERE model = ? AND id = ?",
      now(),
      model,
      id,
    );
  }

  remove(model, id) {
    this.#run('DELETE FROM entries WHERE model = ? AND id = ?', model, id);
  }

  removeGrant(grantId) {
    this.#run('DELETE FROM entries WHERE grant_id = ?', grantId);
  }

  /** The secret `name`, made once by `make()` and the same for ever after. JSON values only. */
  secret(name, make) {
    const row = this.#prepared('SELECT value FROM secrets WHERE name = ?').get(name);
    if (row) return JSON.parse(row.value);
    const value = make();
    this.#run('INSERT INTO secrets VALUES (?, ?)', name, JSON.stringify(value));
    return value;
  }

  /** The adapter of one model, as oidc-provider asks for it. */
  adapter(model) {
    return {
      upsert: async (id, payload, expiresIn) => this.put(model, id, payload, expiresIn),
      find: async (id) => this.find(model, 'id', id),
      findByUid: async (uid) => this.find(model, 'uid', uid),
      findByUserCode: async (userCode) => this.find(model, 'user_code', userCode),
      consume: async (id) => this.consume(model, id),
      destroy: async (id) => this.remove(model, id),
      revokeByGrantId: async (grantId) => this.removeGrant(grantId),
    };
  }
}
