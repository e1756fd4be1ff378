-- 流程 L · process. @later(x.a, y.b) is strict, and compares days where one of the two has a day only (sentence 21).

-- rule: L1
SELECT s.scope_id FROM {cases} s WHERE s.finished = 1 AND @later(s.handled, s.completed)

-- rule: L2
-- A receipt belongs to the notice that it names; one that names none belongs to no earlier notice if all are later than it.
SELECT DISTINCT s.scope_id, CASE WHEN r.notice_seq IS NULL THEN 'receipt' ELSE 'notice ' || r.notice_seq END AS subject
FROM {cases} s
JOIN correction_receipt r ON r.case_id = s.case_id AND @known(r, received)
JOIN correction_notice q ON q.case_id = s.case_id AND @known(q, notified)
  AND (q.seq = r.notice_seq OR r.notice_seq IS NULL)
WHERE @later(q.notified, r.received) AND NOT (r.notice_seq IS NULL AND EXISTS (
  SELECT 1 FROM correction_notice e
  WHERE e.case_id = s.case_id AND @known(e, notified) AND NOT @later(e.notified, r.received)))

-- rule: L3
SELECT DISTINCT s.scope_id, 'procedure ' || q.seq AS subject
FROM {cases} s
JOIN special_procedure q ON q.case_id = s.case_id AND @known(q, started)
JOIN special_procedure_result r ON r.case_id = s.case_id AND r.procedure_seq = q.seq AND @known(r, ended)
WHERE @later(q.started, r.ended)

-- rule: L4
-- By Seq; a step without StartedAt begins at EndedAt. Only what the order rests on is sorted; names are looked up of what is found.
SELECT o.scope_id, 'step ' || o.seq AS subject,
  (SELECT y.step_name FROM step y WHERE y.case_id = o.case_id AND y.seq = o.seq) AS step,
  (SELECT y.handler_name FROM step y WHERE y.case_id = o.case_id AND y.seq = o.seq) AS handler
FROM (
  SELECT b.*, LAG(b.began_at) OVER w AS before_at, LAG(b.began_day) OVER w AS before_day
  FROM (
    SELECT s.scope_id, s.case_id, x.seq, CASE WHEN x.started_day IS NULL THEN x.ended_at ELSE x.started_at END AS began_at,
      COALESCE(x.started_day, x.ended_day) AS began_day
    FROM {cases} s
    JOIN step x ON x.case_id = s.case_id
      AND (@known(x, started) OR (x.started_day IS NULL AND @known(x, ended)))
    JOIN approval_case a ON a.case_id = s.case_id AND COALESCE(a.derived, '') NOT LIKE '%"Step.Seq"%'
  ) b
  WINDOW w AS (PARTITION BY b.scope_id ORDER BY b.seq)
) o
WHERE @later(o.before, o.began)

-- not judged: L4
-- Steps that the hub numbered itself, by their times, are always in order.
SELECT s.scope_id, 'steps_not_numbered' AS reason
FROM {cases} s JOIN approval_case a ON a.case_id = s.case_id AND a.derived LIKE '%"Step.Seq"%'

-- rule: L5
-- No way through the flow, from its first step to a deciding one or one that nothing follows, consists of steps that were taken:
-- then the first step that was not is named. A step of the flow is taken if a step of the case has its code or its name; the opening step (type 1)
-- is told by the acceptance itself. A flow without branches is one line.
SELECT c.scope_id, (SELECT f.name FROM item_flow_step f WHERE f.item_code = c.item_code AND f.version = c.item_version
    AND f.seq = (SELECT MIN(g.seq) FROM item_flow_step g WHERE g.item_code = c.item_code AND g.version = c.item_version
      AND COALESCE(g.step_type, '') <> '1' AND NOT EXISTS (
        SELECT 1 FROM step x WHERE x.case_id = c.case_id AND (x.step_code = g.step_code OR x.step_name = g.name)))) AS step
FROM {cases} c
WHERE c.status = '1' AND c.result IN ('0', '6', '7') AND c.item_version IS NOT NULL
  AND EXISTS (SELECT 1 FROM item_flow_step f WHERE f.item_code = c.item_code AND f.version = c.item_version)
  AND c.scope_id NOT IN (
    WITH RECURSIVE taken AS (
      SELECT s.scope_id, f.item_code, f.version, f.step_code, f.seq, f.step_type
      FROM {cases} s
      JOIN item_flow_step f ON f.item_code = s.item_code AND f.version = s.item_version AND f.step_type = '1'
      WHERE s.status = '1' AND s.result IN ('0', '6', '7')
      UNION
      SELECT s.scope_id, f.item_code, f.version, f.step_code, f.seq, f.step_type
      FROM {cases} s
      JOIN step x ON x.case_id = s.case_id AND (@known(x, started) OR @known(x, ended))
      JOIN item_flow_step f ON f.item_code = s.item_code AND f.version = s.item_version
        AND (f.step_code = x.step_code OR f.name = x.step_name)
      WHERE s.status = '1' AND s.result IN ('0', '6', '7')
    ),
    branch AS (
      SELECT item_code, version, step_code, next_code FROM item_flow_next
      UNION ALL
      SELECT f.item_code, f.version, f.step_code, g.step_code
      FROM item_flow_step f
      JOIN item_flow_step g ON g.item_code = f.item_code AND g.version = f.version
        AND g.seq = (SELECT MIN(h.seq) FROM item_flow_step h
          WHERE h.item_code = f.item_code AND h.version = f.version AND h.seq > f.seq)
      WHERE NOT EXISTS (SELECT 1 FROM item_flow_next n WHERE n.item_code = f.item_code AND n.version = f.version)
    ),
    opening AS (
      SELECT f.item_code, f.version, MIN(f.seq) AS seq
      FROM item_flow_step f
      WHERE f.step_type = '1' OR NOT EXISTS (SELECT 1 FROM item_flow_step g
          WHERE g.item_code = f.item_code AND g.version = f.version AND g.step_type = '1')
      GROUP BY f.item_code, f.version
    ),
    walked (scope_id, item_code, version, step_code, step_type) AS (
      SELECT t.scope_id, t.item_code, t.version, t.step_code, t.step_type
      FROM taken t
      JOIN opening o ON o.item_code = t.item_code AND o.version = t.version AND o.seq = t.seq
      UNION
      SELECT t.scope_id, t.item_code, t.version, t.step_code, t.step_type
      FROM walked v
      JOIN branch b ON b.item_code = v.item_code AND b.version = v.version AND b.step_code = v.step_code
      JOIN taken t ON t.scope_id = v.scope_id AND t.step_code = b.next_code
    )
    SELECT v.scope_id FROM walked v WHERE v.step_type = '3' OR NOT EXISTS (
      SELECT 1 FROM branch b WHERE b.item_code = v.item_code AND b.version = v.version AND b.step_code = v.step_code)
  )

-- not judged: L5
SELECT s.scope_id, CASE WHEN s.item_version IS NULL THEN 'item_unknown' ELSE 'item_without_flow' END AS reason
FROM {cases} s
WHERE s.status = '1' AND s.result IN ('0', '6', '7') AND NOT EXISTS (
  SELECT 1 FROM item_flow_step f WHERE f.item_code = s.item_code AND f.version = s.item_version)

-- rule: L6
SELECT s.scope_id, COUNT(*) AS used, :notices AS limit_value, COUNT(*) - :notices AS excess
FROM {cases} s
JOIN correction_notice q ON q.case_id = s.case_id AND @known(q, notified)
GROUP BY s.scope_id
HAVING COUNT(*) > :notices

-- rule: L7
-- The opening step (type 1; also a pre-acceptance) is none. A case that is open has until the end of the working day.
SELECT s.scope_id, k.day_number AS since_n, s.as_of_n AS until_n
FROM {cases} s
JOIN work_calendar k ON k.scope = s.calendar AND k.day = s.handled_day
WHERE (s.finished = 1 OR (s.as_of_w > k.{w} AND s.system NOT IN ({tell_no_beginnings})))
  AND NOT EXISTS (
    SELECT 1 FROM step x
    WHERE x.case_id = s.case_id AND COALESCE(x.step_type, '') <> '1' AND (@known(x, started) OR @known(x, ended)))

-- not judged: L7
-- Of steps that are reported only once they have ended, the first may be under way.
SELECT s.scope_id, 'steps_told_when_ended' AS reason
FROM {cases} s
WHERE s.finished = 0 AND s.system IN ({tell_no_beginnings}) AND NOT EXISTS (
  SELECT 1 FROM step x
  WHERE x.case_id = s.case_id AND COALESCE(x.step_type, '') <> '1' AND (@known(x, started) OR @known(x, ended)))

-- watch: L7
SELECT s.scope_id, k.day_number AS watch_n
FROM {cases} s
JOIN work_calendar ks ON ks.scope = s.calendar AND ks.day = s.handled_day
JOIN work_calendar k ON k.scope = s.calendar AND k.is_workday = 1 AND k.workday_number = ks.workday_number + 1
  AND k.day_number - s.as_of_n > 0
WHERE s.finished = 0

-- rule: L8
SELECT s.scope_id, 'step ' || x.seq AS subject, x.step_name AS step, x.handler_name AS handler
FROM {cases} s
JOIN step x ON x.case_id = s.case_id AND (@known(x, started) OR @known(x, ended))
WHERE x.ended_day IS NULL OR NOT @known(x, ended) OR @later(x.ended, s.completed)
UNION ALL
SELECT s.scope_id, 'procedure ' || q.seq, q.kind_name, NULL
FROM {cases} s
JOIN special_procedure q ON q.case_id = s.case_id AND q.kind <> '1' AND @known(q, started)
WHERE NOT EXISTS (
  SELECT 1 FROM special_procedure_result r
  WHERE r.case_id = s.case_id AND r.procedure_seq = q.seq AND @known(r, ended) AND NOT @later(r.ended, s.completed))

-- rule: L9
SELECT s.scope_id FROM {cases} s WHERE @later(s.applied, s.handled)

-- rule: L10
SELECT s.scope_id, 'step ' || x.seq AS subject, x.step_name AS step, x.handler_name AS handler,
  @json('step_type', x.step_type, 'action', x.action) AS evidence
FROM {cases} s
JOIN step x ON x.case_id = s.case_id AND (@known(x, started) OR @known(x, ended))
WHERE (x.step_type = '1' AND x.action NOT IN ('2', '4', '5', '6', '9'))
  OR (x.step_type = '2' AND x.action NOT IN ('0', '1', '5', '6', '7', '9'))
  OR (x.step_type = '3' AND x.action NOT IN ('0', '1', '9'))

-- not judged: L10
-- An action for which the type of its step is not known, unless another step of the case offends anyway.
SELECT s.scope_id, 'step_type_unknown' AS reason
FROM {cases} s
WHERE EXISTS (
    SELECT 1 FROM step x WHERE x.case_id = s.case_id AND x.step_type IS NULL AND x.action IS NOT NULL AND x.action <> '9'
      AND (@known(x, started) OR @known(x, ended)))
  AND NOT EXISTS (
    SELECT 1 FROM step x WHERE x.case_id = s.case_id AND (@known(x, started) OR @known(x, ended))
      AND ((x.step_type = '1' AND x.action NOT IN ('2', '4', '5', '6', '9'))
        OR (x.step_type = '2' AND x.action NOT IN ('0', '1', '5', '6', '7', '9'))
        OR (x.step_type = '3' AND x.action NOT IN ('0', '1', '9'))))

-- rule: L11
-- Who acted: by number, else by name. Somebody who is not on the staff list at all is X2's matter; of several people of one name it is
-- enough that one holds the post. Two steps that must be in different hands count where both name their person the same way.
SELECT t.scope_id, 'step ' || t.seq AS subject, t.step_name AS step, t.handler_name AS handler,
  @json('step', MIN(t.flow_code), 'why', CASE WHEN MAX(t.same_hand) = 1 THEN 'same_hand' ELSE 'post' END) AS evidence
FROM (
  SELECT h.scope_id, h.seq, h.step_name, h.handler_name, MIN(h.flow_code) AS flow_code, 0 AS same_hand
  FROM (
    SELECT n.*, w.version, CASE WHEN (w.valid_from IS NULL OR w.valid_from <= n.day) AND (w.valid_to IS NULL OR w.valid_to >= n.day)
      THEN w.person_no END AS person_no
    FROM (
      SELECT s.scope_id, s.org_uscc, s.item_code, s.item_version, x.seq, x.step_name, x.handler_name, x.handler_no,
        COALESCE(x.started_day, x.ended_day) AS day, f.step_code AS flow_code
      FROM {cases} s
      JOIN step x ON x.case_id = s.case_id AND (@known(x, started) OR @known(x, ended))
      JOIN item_flow_step f ON f.item_code = s.item_code AND f.version = s.item_version
        AND (f.step_code = x.step_code OR f.name = x.step_name)
      WHERE x.handler_no <> ''
    ) n
    JOIN staff w ON w.org_uscc = n.org_uscc AND w.person_no = n.handler_no
    UNION ALL
    SELECT n.*, w.version, CASE WHEN (w.valid_from IS NULL OR w.valid_from <= n.day) AND (w.valid_to IS NULL OR w.valid_to >= n.day)
      THEN w.person_no END
    FROM (
      SELECT s.scope_id, s.org_uscc, s.item_code, s.item_version, x.seq, x.step_name, x.handler_name, x.handler_no,
        COALESCE(x.started_day, x.ended_day) AS day, f.step_code AS flow_code
      FROM {cases} s
      JOIN step x ON x.case_id = s.case_id AND (@known(x, started) OR @known(x, ended))
      JOIN item_flow_step f ON f.item_code = s.item_code AND f.version = s.item_version
        AND (f.step_code = x.step_code OR f.name = x.step_name)
      WHERE COALESCE(x.handler_no, '') = '' AND x.handler_name <> ''
    ) n
    JOIN staff w ON w.org_uscc = n.org_uscc AND w.name = n.handler_name
  ) h
  JOIN (SELECT DISTINCT item_code, version, step_code FROM item_flow_post) g
    ON g.item_code = h.item_code AND g.version = h.item_version AND g.step_code = h.flow_code
  LEFT JOIN staff_post o ON o.org_uscc = h.org_uscc AND o.person_no = h.person_no AND o.version = h.version
  LEFT JOIN item_flow_post p ON p.item_code = h.item_code AND p.version = h.item_version AND p.step_code = h.flow_code
    AND p.post_code = o.post_code
  GROUP BY h.scope_id, h.seq, h.step_name, h.handler_name
  HAVING COUNT(p.post_code) = 0
  UNION ALL
  SELECT s.scope_id, x.seq, x.step_name, x.handler_name, MIN(f.step_code), 1
  FROM {cases} s
  JOIN item_flow_apart d ON d.item_code = s.item_code AND d.version = s.item_version
  JOIN item_flow_step f ON f.item_code = d.item_code AND f.version = d.version AND f.step_code = d.step_code
  JOIN item_flow_step g ON g.item_code = d.item_code AND g.version = d.version AND g.step_code = d.other_code
  JOIN step x ON x.case_id = s.case_id AND (x.step_code = f.step_code OR x.step_name = f.name)
    AND (@known(x, started) OR @known(x, ended))
  JOIN step y ON y.case_id = s.case_id AND (y.step_code = g.step_code OR y.step_name = g.name)
    AND (@known(y, started) OR @known(y, ended))
  WHERE x.seq <> y.seq AND CASE WHEN x.handler_no <> '' AND y.handler_no <> '' THEN x.handler_no = y.handler_no
    ELSE x.handler_name <> '' AND x.handler_name = y.handler_name END
  GROUP BY s.scope_id, x.seq, x.step_name, x.handler_name
  UNION ALL
  SELECT s.scope_id, x.seq, x.step_name, x.handler_name, MIN(f.step_code), 1
  FROM {cases} s
  JOIN step x ON x.case_id = s.case_id AND (@known(x, started) OR @known(x, ended))
  JOIN item_flow_step f ON f.item_code = s.item_code AND f.version = s.item_version
    AND (f.step_code = x.step_code OR f.name = x.step_name)
  JOIN step y ON y.case_id = s.case_id AND y.seq <> x.seq AND (@known(y, started) OR @known(y, ended))
  WHERE :alone_at_risk = 1 AND COALESCE(f.risk_category, f.risk_description, x.risk_category, x.risk_description, '') <> ''
    AND CASE WHEN x.handler_no <> '' AND y.handler_no <> '' THEN x.handler_no = y.handler_no
    ELSE x.handler_name <> '' AND x.handler_name = y.handler_name END
  GROUP BY s.scope_id, x.seq, x.step_name, x.handler_name
) t
GROUP BY t.scope_id, t.seq, t.step_name, t.handler_name

-- not judged: L11
SELECT s.scope_id, CASE WHEN s.item_version IS NULL THEN 'item_unknown' ELSE 'item_without_flow' END AS reason
FROM {cases} s
WHERE NOT EXISTS (SELECT 1 FROM item_flow_step f WHERE f.item_code = s.item_code AND f.version = s.item_version)
UNION ALL
-- The flow names posts and separates no steps, and nobody knows who holds which post.
SELECT s.scope_id, 'no_staff_list'
FROM {cases} s
WHERE :alone_at_risk = 0
  AND EXISTS (SELECT 1 FROM item_flow_step f WHERE f.item_code = s.item_code AND f.version = s.item_version)
  AND EXISTS (SELECT 1 FROM item_flow_post p WHERE p.item_code = s.item_code AND p.version = s.item_version)
  AND NOT EXISTS (SELECT 1 FROM item_flow_apart d WHERE d.item_code = s.item_code AND d.version = s.item_version)
  AND NOT EXISTS (SELECT 1 FROM staff w WHERE w.org_uscc = s.org_uscc)

-- rule: L12
SELECT s.scope_id FROM {cases} s
WHERE s.status = '2' AND ((s.result = '0' AND @later(s.completed, s.handled)) OR EXISTS (
  SELECT 1 FROM step x
  WHERE x.case_id = s.case_id AND x.step_type IN ('2', '3') AND (
    (@known(x, started) AND @later(x.started, s.handled))
    OR (x.started_day IS NULL AND @known(x, ended) AND @later(x.ended, s.handled)))))

-- not judged: L12
-- A step whose type nobody knows may have been the opening one.
SELECT s.scope_id, 'step_type_unknown' AS reason
FROM {cases} s
WHERE s.status = '2' AND EXISTS (
    SELECT 1 FROM step x WHERE x.case_id = s.case_id AND x.step_type IS NULL AND (
      (@known(x, started) AND @later(x.started, s.handled))
      OR (x.started_day IS NULL AND @known(x, ended) AND @later(x.ended, s.handled))))
  AND (s.result IS NULL OR s.result <> '0' OR NOT @later(s.completed, s.handled)) AND NOT EXISTS (
    SELECT 1 FROM step x WHERE x.case_id = s.case_id AND x.step_type IN ('2', '3') AND (
      (@known(x, started) AND @later(x.started, s.handled))
      OR (x.started_day IS NULL AND @known(x, ended) AND @later(x.ended, s.handled))))

-- rule: L13
SELECT s.scope_id, '' AS subject FROM {cases} s
WHERE s.case_type = '1' AND COALESCE(s.completed_day, s.as_of_day) > s.handled_day
UNION ALL
SELECT s.scope_id, 'procedure ' || q.seq
FROM {cases} s
JOIN special_procedure q ON q.case_id = s.case_id AND @known(q, started)
WHERE s.case_type = '1'

-- not judged: L13
SELECT s.scope_id, 'case_type_unknown' AS reason FROM {cases} s WHERE s.case_type IS NULL

-- watch: L13
SELECT s.scope_id, s.as_of_n + 1 AS watch_n FROM {cases} s
WHERE s.case_type = '1' AND s.finished = 0 AND s.handled_day >= s.as_of_day

-- rule: L14
SELECT s.scope_id, @json('item', s.item_code, 'stated_version', a.item_version, 'version_in_force', s.item_version) AS evidence
FROM {cases} s
JOIN approval_case a ON a.case_id = s.case_id
WHERE (s.item_version IS NULL OR a.item_version <> s.item_version)
  AND EXISTS (SELECT 1 FROM service_item i WHERE i.org_uscc = s.org_uscc)

-- not judged: L14
SELECT s.scope_id, 'catalogue_not_imported' AS reason FROM {cases} s
WHERE NOT EXISTS (SELECT 1 FROM service_item i WHERE i.org_uscc = s.org_uscc)

-- rule: L15
SELECT s.scope_id FROM {cases} s
WHERE s.status = '2'
  AND EXISTS (SELECT 1 FROM item_material i
    WHERE i.item_code = s.item_code AND i.version = s.item_version AND i.is_required = 1)
  AND NOT EXISTS (SELECT 1 FROM item_material i
    WHERE i.item_code = s.item_code AND i.version = s.item_version AND i.is_required = 1 AND NOT EXISTS (
      SELECT 1 FROM material m WHERE m.case_id = s.case_id AND TRIM(m.name) = TRIM(i.name) AND m.is_received = 1
        AND (m.received_day IS NULL OR NOT @later(m.received, s.handled))))

-- not judged: L15
SELECT s.scope_id, CASE WHEN s.item_version IS NULL THEN 'item_unknown' ELSE 'no_required_materials' END AS reason
FROM {cases} s
WHERE s.status = '2' AND NOT EXISTS (SELECT 1 FROM item_material i
  WHERE i.item_code = s.item_code AND i.version = s.item_version AND i.is_required = 1)
UNION ALL
-- `told` of a required material: 2 received by then, 1 a row that does not say, 0 missing.
SELECT x.scope_id, 'receipt_not_told'
FROM (
  SELECT s.scope_id, i.seq, MAX(CASE WHEN m.case_id IS NULL THEN 0 WHEN m.is_received IS NULL THEN 1
      WHEN m.is_received = 1 AND (m.received_day IS NULL OR NOT @later(m.received, s.handled)) THEN 2 ELSE 0 END) AS told
  FROM {cases} s
  JOIN item_material i ON i.item_code = s.item_code AND i.version = s.item_version AND i.is_required = 1
  LEFT JOIN material m ON m.case_id = s.case_id AND TRIM(m.name) = TRIM(i.name)
  WHERE s.status = '2'
  GROUP BY s.scope_id, i.seq
) x
GROUP BY x.scope_id
HAVING MIN(x.told) = 1
