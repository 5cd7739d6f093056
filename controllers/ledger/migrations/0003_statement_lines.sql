-- The lines of closed statements as finance imports them. Amounts are decimals of the currency's unit.

CREATE VIEW bursar.statement_line AS
SELECT s.policy, s.period, c.content ->> 'currency' AS currency, l.number::integer AS line,
       l.line ->> 'kind' AS kind, l.line ->> 'costCenter' AS cost_center, l.line ->> 'team' AS team,
       l.line ->> 'pool' AS pool, l.line ->> 'model' AS model, l.line ->> 'tokenType' AS token_type,
       (l.line ->> 'from')::date AS starts_on, (l.line ->> 'until')::date AS ends_before,
       (l.line ->> 'tokens')::bigint AS tokens, (l.line ->> 'pricePerMillion')::numeric AS price_per_million,
       (l.line ->> 'amount')::numeric AS amount, l.line ->> 'note' AS note
FROM bursar.statement s,
     LATERAL (SELECT bursar.json_of(s.body) AS content OFFSET 0) c,
     LATERAL jsonb_array_elements(c.content -> 'lines') WITH ORDINALITY AS l (line, number);

-- What was used and has no price: in no amount.
CREATE VIEW bursar.statement_unpriced AS
SELECT s.policy, s.period, m.model
FROM bursar.statement s, LATERAL jsonb_array_elements_text(bursar.json_of(s.body) -> 'unpricedModels') AS m (model);
