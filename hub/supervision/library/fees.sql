-- 收费 F · what was charged. A fee without ChargedAt is always known. Amounts are fen.

-- rule: F1
SELECT s.scope_id, @json('charged_fen', SUM(f.charged_amount), 'fees', COUNT(*)) AS evidence
FROM {cases} s
JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version AND i.is_charged = 0
JOIN fee f ON f.case_id = s.case_id AND f.charged_amount > 0 AND (f.charged_day IS NULL OR @known(f, charged))
GROUP BY s.scope_id

-- not judged: F1
SELECT s.scope_id, CASE WHEN s.item_version IS NULL THEN 'item_unknown' ELSE 'charge_unknown' END AS reason
FROM {cases} s
LEFT JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version
WHERE i.is_charged IS NULL

-- rule: F2
SELECT s.scope_id
FROM {cases} s
JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version AND i.is_charged = 1
WHERE s.status = '1' AND s.result IN ('0', '6') AND NOT EXISTS (
  SELECT 1 FROM fee f WHERE f.case_id = s.case_id AND (f.charged_amount > 0 OR COALESCE(f.is_reduced, 1) = 1)
    AND (f.charged_day IS NULL OR @known(f, charged)))

-- not judged: F2
-- A fee of zero of which nobody says whether it was waived is neither.
SELECT s.scope_id, CASE WHEN s.item_version IS NULL THEN 'item_unknown' WHEN i.is_charged IS NULL THEN 'charge_unknown'
    ELSE 'reduction_not_told' END AS reason
FROM {cases} s
LEFT JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version
WHERE i.is_charged IS NULL OR (i.is_charged = 1
  AND EXISTS (SELECT 1 FROM fee f WHERE f.case_id = s.case_id AND f.charged_amount = 0 AND f.is_reduced IS NULL)
  AND NOT EXISTS (SELECT 1 FROM fee f WHERE f.case_id = s.case_id AND (f.charged_amount > 0 OR f.is_reduced = 1)))

-- rule: F3
WITH charged AS (
  SELECT s.scope_id, s.item_code, s.item_version, COALESCE(TRIM(f.fee_item_code), '') AS code,
    COALESCE(TRIM(f.name), '') AS name, MIN(f.seq) AS seq, SUM(f.charged_amount) AS total,
    MIN(f.charged_amount) AS least, MAX(f.charged_amount) AS most, MAX(COALESCE(f.is_reduced, 1)) AS reduced,
    CASE WHEN COUNT(f.standard_amount) = COUNT(*) THEN SUM(f.standard_amount) END AS due
  FROM {cases} s
  JOIN fee f ON f.case_id = s.case_id AND f.charged_amount > 0 AND (f.charged_day IS NULL OR @known(f, charged))
  WHERE s.item_version IS NOT NULL
  GROUP BY s.scope_id, s.item_code, s.item_version, COALESCE(TRIM(f.fee_item_code), ''), COALESCE(TRIM(f.name), '')
),
standard AS (
  SELECT h.scope_id, h.seq, COALESCE(g.minimum_amount, g.standard_amount) AS low,
    COALESCE(g.maximum_amount, g.standard_amount) AS high
  FROM charged h
  JOIN item_fee g ON g.item_code = h.item_code AND g.version = h.item_version
    AND (g.fee_code = h.code OR (g.name = h.name AND (h.code = '' OR g.fee_code IS NULL))
      OR (h.code = '' AND h.name = '' AND 1 = (
        SELECT COUNT(*) FROM item_fee o WHERE o.item_code = h.item_code AND o.version = h.item_version)))
  WHERE g.standard_amount IS NOT NULL OR g.minimum_amount IS NOT NULL OR g.maximum_amount IS NOT NULL
)
SELECT h.scope_id, 'fee ' || h.seq AS subject,
  @json('charged_fen', h.total, 'stated_fen', h.due, 'fee', h.code) AS evidence
FROM charged h
WHERE (EXISTS (SELECT 1 FROM standard t WHERE t.scope_id = h.scope_id AND t.seq = h.seq)
    AND NOT EXISTS (
      SELECT 1 FROM standard t WHERE t.scope_id = h.scope_id AND t.seq = h.seq
        AND ((h.total <= COALESCE(t.high, h.total) AND (h.reduced = 1 OR h.total >= COALESCE(t.low, h.total)))
          OR (h.most <= COALESCE(t.high, h.most) AND (h.reduced = 1 OR h.least >= COALESCE(t.low, h.least))))))
  OR (NOT EXISTS (SELECT 1 FROM standard t WHERE t.scope_id = h.scope_id AND t.seq = h.seq)
    AND (h.total > h.due OR (h.total < h.due AND h.reduced = 0)))

-- not judged: F3
-- Nothing that was charged has a standard to hold it to.
SELECT s.scope_id, CASE WHEN s.item_version IS NULL THEN 'item_unknown' ELSE 'no_standard' END AS reason
FROM {cases} s
WHERE s.item_version IS NULL OR (
  EXISTS (SELECT 1 FROM fee f WHERE f.case_id = s.case_id AND f.charged_amount > 0)
  AND NOT EXISTS (SELECT 1 FROM fee f WHERE f.case_id = s.case_id AND f.charged_amount > 0 AND f.standard_amount IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM item_fee g WHERE g.item_code = s.item_code AND g.version = s.item_version
    AND (g.standard_amount IS NOT NULL OR g.minimum_amount IS NOT NULL OR g.maximum_amount IS NOT NULL)))

-- rule: F4
SELECT s.scope_id, 'fee ' || f.seq AS subject,
  @json('fee', f.fee_item_code, 'name', f.name, 'charged_fen', f.charged_amount) AS evidence
FROM {cases} s
JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version AND COALESCE(i.is_charged, 1) = 1
JOIN fee f ON f.case_id = s.case_id AND f.charged_amount > 0 AND (f.charged_day IS NULL OR @known(f, charged))
WHERE (COALESCE(TRIM(f.fee_item_code), '') <> '' OR COALESCE(TRIM(f.name), '') <> '')
  AND EXISTS (SELECT 1 FROM item_fee g WHERE g.item_code = i.item_code AND g.version = i.version)
  AND NOT EXISTS (
    SELECT 1 FROM item_fee g WHERE g.item_code = i.item_code AND g.version = i.version
      AND (g.fee_code = TRIM(f.fee_item_code)
        OR (g.name = TRIM(f.name) AND (COALESCE(TRIM(f.fee_item_code), '') = '' OR g.fee_code IS NULL))))

-- not judged: F4
-- The catalogue does not list the fees of a charged item, or none of the case's fees says which it is.
SELECT s.scope_id, CASE WHEN s.item_version IS NULL THEN 'item_unknown'
    WHEN NOT EXISTS (SELECT 1 FROM item_fee g WHERE g.item_code = s.item_code AND g.version = s.item_version)
      THEN 'no_fee_list'
    ELSE 'fee_not_named' END AS reason
FROM {cases} s
LEFT JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version
WHERE s.item_version IS NULL OR (COALESCE(i.is_charged, 1) = 1
  AND EXISTS (SELECT 1 FROM fee f WHERE f.case_id = s.case_id AND f.charged_amount > 0)
  AND (NOT EXISTS (SELECT 1 FROM item_fee g WHERE g.item_code = s.item_code AND g.version = s.item_version)
    OR NOT EXISTS (SELECT 1 FROM fee f WHERE f.case_id = s.case_id AND f.charged_amount > 0
      AND (COALESCE(TRIM(f.fee_item_code), '') <> '' OR COALESCE(TRIM(f.name), '') <> ''))))

-- rule: F5
-- A charge is in order if some fee of the catalogue that it may be is charged where and when that is allowed, or where nobody
-- can tell. What the catalogue does not list has no step set. A step is one of the flow by its code, else by its name; one that is
-- none of the item's flow cannot be held to it. `told`: 2 in order, 1 nobody can tell, 0 wrong.
WITH charge AS (
  SELECT s.scope_id, s.item_code, s.item_version, s.status, s.handled_at, s.handled_day, s.finished, s.completed_at,
    s.completed_day, f.seq, COALESCE(TRIM(f.fee_item_code), '') AS code, COALESCE(TRIM(f.name), '') AS name, f.charged_at,
    f.charged_day, f.step_seq, w.step_code, w.name AS step_name
  FROM {cases} s
  JOIN fee f ON f.case_id = s.case_id AND f.charged_amount > 0 AND (f.charged_day IS NULL OR @known(f, charged))
  LEFT JOIN step t ON t.case_id = f.case_id AND t.seq = f.step_seq
  LEFT JOIN item_flow_step w ON w.item_code = s.item_code AND w.version = s.item_version AND (w.step_code = t.step_code
    OR (w.name = t.step_name AND NOT EXISTS (SELECT 1 FROM item_flow_step v
      WHERE v.item_code = s.item_code AND v.version = s.item_version AND v.step_code = t.step_code)))
  WHERE s.item_version IS NOT NULL
),
candidate AS (
  SELECT h.scope_id, h.seq, h.step_seq, h.step_code, h.step_name, g.step_code AS set_code, CASE
    WHEN g.step_code IS NOT NULL THEN CASE WHEN h.step_code IS NULL THEN 1 WHEN h.step_code = g.step_code THEN 2 ELSE 0 END
    WHEN h.charged_day IS NULL THEN 1
    WHEN h.status IS NULL OR h.status <> '1' THEN 0
    WHEN h.charged_at IS NOT NULL AND h.handled_at IS NOT NULL AND h.charged_at < h.handled_at THEN 0
    WHEN (h.charged_at IS NULL OR h.handled_at IS NULL) AND h.charged_day < h.handled_day THEN 0
    WHEN h.finished = 0 THEN 2
    WHEN h.charged_at IS NOT NULL AND h.completed_at IS NOT NULL AND h.charged_at > h.completed_at THEN 0
    WHEN (h.charged_at IS NULL OR h.completed_at IS NULL) AND h.charged_day > h.completed_day THEN 0
    ELSE 2 END AS told
  FROM charge h
  LEFT JOIN item_fee g ON g.item_code = h.item_code AND g.version = h.item_version
    AND (g.fee_code = h.code OR (g.name = h.name AND (h.code = '' OR g.fee_code IS NULL))
      OR (h.code = '' AND h.name = ''))
)
SELECT h.scope_id, 'fee ' || h.seq AS subject, MIN(h.step_name) AS step,
  @json('step', MIN(h.step_code), 'charging_step', MIN(h.set_code)) AS evidence
FROM candidate h
GROUP BY h.scope_id, h.seq
HAVING MAX(h.told) = 0

-- not judged: F5
-- Something was charged, and of no charge can be told whether that was in order: not known is where it was, if the catalogue sets a
-- step to hold it to, or else when.
WITH charge AS (
  SELECT s.scope_id, s.item_code, s.item_version, s.status, s.handled_at, s.handled_day, s.finished, s.completed_at,
    s.completed_day, f.seq, COALESCE(TRIM(f.fee_item_code), '') AS code, COALESCE(TRIM(f.name), '') AS name, f.charged_at,
    f.charged_day, f.step_seq, w.step_code, w.name AS step_name
  FROM {cases} s
  JOIN fee f ON f.case_id = s.case_id AND f.charged_amount > 0 AND (f.charged_day IS NULL OR @known(f, charged))
  LEFT JOIN step t ON t.case_id = f.case_id AND t.seq = f.step_seq
  LEFT JOIN item_flow_step w ON w.item_code = s.item_code AND w.version = s.item_version AND (w.step_code = t.step_code
    OR (w.name = t.step_name AND NOT EXISTS (SELECT 1 FROM item_flow_step v
      WHERE v.item_code = s.item_code AND v.version = s.item_version AND v.step_code = t.step_code)))
  WHERE s.item_version IS NOT NULL
),
candidate AS (
  SELECT h.scope_id, h.seq, h.step_seq, h.step_code, h.step_name, g.step_code AS set_code, CASE
    WHEN g.step_code IS NOT NULL THEN CASE WHEN h.step_code IS NULL THEN 1 WHEN h.step_code = g.step_code THEN 2 ELSE 0 END
    WHEN h.charged_day IS NULL THEN 1
    WHEN h.status IS NULL OR h.status <> '1' THEN 0
    WHEN h.charged_at IS NOT NULL AND h.handled_at IS NOT NULL AND h.charged_at < h.handled_at THEN 0
    WHEN (h.charged_at IS NULL OR h.handled_at IS NULL) AND h.charged_day < h.handled_day THEN 0
    WHEN h.finished = 0 THEN 2
    WHEN h.charged_at IS NOT NULL AND h.completed_at IS NOT NULL AND h.charged_at > h.completed_at THEN 0
    WHEN (h.charged_at IS NULL OR h.completed_at IS NULL) AND h.charged_day > h.completed_day THEN 0
    ELSE 2 END AS told
  FROM charge h
  LEFT JOIN item_fee g ON g.item_code = h.item_code AND g.version = h.item_version
    AND (g.fee_code = h.code OR (g.name = h.name AND (h.code = '' OR g.fee_code IS NULL))
      OR (h.code = '' AND h.name = ''))
)
SELECT s.scope_id, 'item_unknown' AS reason FROM {cases} s
WHERE s.item_version IS NULL AND EXISTS (SELECT 1 FROM fee f WHERE f.case_id = s.case_id AND f.charged_amount > 0)
UNION ALL
SELECT x.scope_id, CASE WHEN MAX(x.strange) = 1 THEN 'step_not_in_flow' ELSE 'not_told_where' END
FROM (
  SELECT h.scope_id, h.seq, MAX(h.told) AS told,
    MAX(CASE WHEN h.set_code IS NOT NULL AND h.step_code IS NULL AND h.step_seq IS NOT NULL THEN 1 ELSE 0 END) AS strange
  FROM candidate h
  GROUP BY h.scope_id, h.seq
) x
GROUP BY x.scope_id
HAVING MIN(x.told) = 1 AND MAX(x.told) = 1

-- rule: F6
SELECT s.scope_id, 'fee ' || f.seq AS subject,
  @json('fee', f.fee_item_code, 'charged_fen', f.charged_amount, 'stated_fen', f.standard_amount) AS evidence
FROM {cases} s
JOIN fee f ON f.case_id = s.case_id AND f.is_reduced = 1 AND COALESCE(TRIM(f.reduction_basis), '') = ''
  AND (f.charged_day IS NULL OR @known(f, charged))

-- rule: F7
SELECT x.scope_id, 'procedure ' || x.seq AS subject, MIN(x.handler_name) AS handler,
  @json('kind', x.kind, 'fee_fen', SUM(x.fee_amount)) AS evidence
FROM (
  SELECT s.scope_id, s.item_code, s.item_version, q.seq, q.kind, q.kind_name, r.fee_amount, r.handler_name,
    CASE q.kind WHEN '1' THEN '延长' WHEN '2' THEN '听证' WHEN '3' THEN '招标' WHEN '4' THEN '拍卖' WHEN '5' THEN '检验'
      WHEN '6' THEN '检测' WHEN '7' THEN '检疫' WHEN '8' THEN '鉴定' WHEN '9' THEN '评审' ELSE q.kind_name END AS word
  FROM {cases} s
  JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version
  JOIN special_procedure q ON q.case_id = s.case_id AND @known(q, started)
  JOIN special_procedure_result r ON r.case_id = s.case_id AND r.procedure_seq = q.seq AND r.fee_amount > 0 AND @known(r, ended)
  WHERE i.is_charged = 0
    OR EXISTS (SELECT 1 FROM item_fee g WHERE g.item_code = i.item_code AND g.version = i.version)
) x
WHERE x.word IS NOT NULL AND NOT EXISTS (
  SELECT 1 FROM item_fee g WHERE g.item_code = x.item_code AND g.version = x.item_version
    AND (g.name LIKE '%' || x.word || '%' OR g.name LIKE '%' || x.kind_name || '%'))
GROUP BY x.scope_id, x.seq, x.kind

-- not judged: F7
-- A procedure took a fee, and the item is unknown or the catalogue does not list the fees of a charged item.
SELECT s.scope_id, CASE WHEN s.item_version IS NULL THEN 'item_unknown' ELSE 'no_fee_list' END AS reason
FROM {cases} s
LEFT JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version
WHERE EXISTS (SELECT 1 FROM special_procedure_result r WHERE r.case_id = s.case_id AND r.fee_amount > 0)
  AND (s.item_version IS NULL OR (COALESCE(i.is_charged, 1) = 1
    AND NOT EXISTS (SELECT 1 FROM item_fee g WHERE g.item_code = s.item_code AND g.version = s.item_version)))
