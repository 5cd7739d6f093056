-- What finance reads: views over the lines, so that nothing is stored twice.

-- A text as JSON. A NUL in a name, which jsonb cannot hold, is shown as U+FFFD.
CREATE FUNCTION bursar.json_of(content text) RETURNS jsonb LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN position('\u0000' IN content) = 0 THEN content
            ELSE regexp_replace(content, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g') END::jsonb;

-- A line is its hash of 64 digits, a space, and JSON. OFFSET 0: a line is parsed once, not once for each column.
CREATE VIEW bursar.metered_day AS
SELECT r.policy, r.seq, c.content, (c.content ->> 'day')::date AS day
FROM bursar.record r, LATERAL (SELECT bursar.json_of(substr(r.line, 66)) AS content OFFSET 0) c
WHERE r.kind = 'metering' AND c.content ? 'day';

-- Tokens by day, team and model. Input is without what came from the provider's cache.
CREATE VIEW bursar.usage AS
SELECT d.policy, d.day, t.team, t.cost_center, m.model ->> 0 AS pool, m.model ->> 1 AS model, k.token_type, k.tokens
FROM bursar.metered_day d,
     LATERAL (SELECT e.key AS team, e.value ->> 0 AS cost_center,
                     string_to_array(e.value ->> 1, ' ')::bigint[] AS numbers
              FROM jsonb_each(d.content -> 'teams') e OFFSET 0) t,
     LATERAL generate_series(1, cardinality(t.numbers), 4) AS place,
     LATERAL (SELECT d.content -> 'models' -> t.numbers[place]::integer AS model OFFSET 0) m,
     LATERAL (VALUES ('input', t.numbers[place + 1]),
                     ('cached_input', t.numbers[place + 2]),
                     ('output', t.numbers[place + 3])) AS k (token_type, tokens)
WHERE k.tokens > 0;

-- Where tokens may be missing from bursar.usage.
CREATE VIEW bursar.usage_gap AS
SELECT d.policy, d.day, (g.gap ->> 'from')::timestamptz AS starts_at, (g.gap ->> 'until')::timestamptz AS ends_at,
       g.gap ->> 'why' AS reason
FROM bursar.metered_day d, LATERAL jsonb_array_elements(d.content -> 'gaps') AS g (gap);
