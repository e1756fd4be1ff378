-- 内容 C · content: what the law wants and the department left out or got wrong. Null and blank are the same: not given.

-- rule: C1
SELECT s.scope_id, p.handler_name AS handler
FROM {cases} s
JOIN acceptance p ON p.case_id = s.case_id
WHERE s.status = '2' AND COALESCE(TRIM(p.reason), '') = ''

-- rule: C2
SELECT s.scope_id, f.handler_name AS handler, @json('result', s.result) AS evidence
FROM {cases} s
JOIN completion f ON f.case_id = s.case_id
WHERE s.result IN ('1', '2', '3', '4', '5', '7') AND COALESCE(TRIM(f.explanation), '') = ''

-- rule: C3
-- A required material of the catalogue without a row, not received, or received only after acceptance. Where a row does not say
-- whether it was received, it is neither.
SELECT s.scope_id, COUNT(*) AS excess
FROM {cases} s
JOIN item_material i ON i.item_code = s.item_code AND i.version = s.item_version AND i.is_required = 1
WHERE NOT EXISTS (
  SELECT 1 FROM material m WHERE m.case_id = s.case_id AND TRIM(m.name) = TRIM(i.name)
    AND (m.is_received IS NULL OR (m.is_received = 1 AND (m.received_day IS NULL OR NOT @later(m.received, s.handled)))))
GROUP BY s.scope_id

-- not judged: C3
-- `told` of a required material: 2 received in time, 1 a row that does not say, 0 missing.
SELECT s.scope_id, 'item_unknown' AS reason FROM {cases} s WHERE s.item_version IS NULL
UNION ALL
SELECT x.scope_id, 'receipt_not_told'
FROM (
  SELECT s.scope_id, i.seq, MAX(CASE WHEN m.case_id IS NULL THEN 0 WHEN m.is_received IS NULL THEN 1
      WHEN m.is_received = 1 AND (m.received_day IS NULL OR NOT @later(m.received, s.handled)) THEN 2 ELSE 0 END) AS told
  FROM {cases} s
  JOIN item_material i ON i.item_code = s.item_code AND i.version = s.item_version AND i.is_required = 1
  LEFT JOIN material m ON m.case_id = s.case_id AND TRIM(m.name) = TRIM(i.name)
  GROUP BY s.scope_id, i.seq
) x
GROUP BY x.scope_id
HAVING MIN(x.told) = 1

-- rule: C4
SELECT s.scope_id, f.handler_name AS handler
FROM {cases} s
JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version AND i.issues_certificate = 1
JOIN completion f ON f.case_id = s.case_id
WHERE s.result = '0' AND COALESCE(TRIM(f.certificate_name), '') = ''

-- not judged: C4
SELECT s.scope_id, CASE WHEN s.item_version IS NULL THEN 'item_unknown' ELSE 'certificate_unknown' END AS reason
FROM {cases} s
LEFT JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version
WHERE s.result = '0' AND i.issues_certificate IS NULL

-- rule: C5
SELECT s.scope_id FROM {cases} s
JOIN applicant a ON a.case_id = s.case_id
WHERE a.applicant_type IN ('2', '3', '4') AND COALESCE(TRIM(a.legal_representative), '') = ''

-- rule: C6
-- Resident identity numbers (111; GB 11643, 18 characters with check digit, or 15) born by the day of application, and unified
-- social credit codes (001; GB 32100). p1 to p18 are the places of the characters in the alphabet of GB 32100 (@character), 0 outside it: a
-- digit d has place d + 1, X has 30. The region is not judged. (Rows are numbered so that the places are found once.)
SELECT n.scope_id, n.subject
FROM (
  SELECT v.*, CASE v.length WHEN 18 THEN v.p7 * 1000 + v.p8 * 100 + v.p9 * 10 + v.p10 - 1111 ELSE 1900 + v.p7 * 10 + v.p8 - 11 END AS y,
    CASE v.length WHEN 18 THEN v.p11 * 10 + v.p12 - 11 ELSE v.p9 * 10 + v.p10 - 11 END AS m,
    CASE v.length WHEN 18 THEN v.p13 * 10 + v.p14 - 11 ELSE v.p11 * 10 + v.p12 - 11 END AS d
  FROM (
    SELECT i.*, ROW_NUMBER() OVER () AS place,
      @character(i.characters, 1) AS p1,
      @character(i.characters, 2) AS p2,
      @character(i.characters, 3) AS p3,
      @character(i.characters, 4) AS p4,
      @character(i.characters, 5) AS p5,
      @character(i.characters, 6) AS p6,
      @character(i.characters, 7) AS p7,
      @character(i.characters, 8) AS p8,
      @character(i.characters, 9) AS p9,
      @character(i.characters, 10) AS p10,
      @character(i.characters, 11) AS p11,
      @character(i.characters, 12) AS p12,
      @character(i.characters, 13) AS p13,
      @character(i.characters, 14) AS p14,
      @character(i.characters, 15) AS p15,
      @character(i.characters, 16) AS p16,
      @character(i.characters, 17) AS p17,
      @character(i.characters, 18) AS p18
    FROM (SELECT t.*, LENGTH(t.number) AS length, @characters(t.number) AS characters, ROW_NUMBER() OVER () AS row_place FROM (
      SELECT s.scope_id, s.calendar, s.applied_day, 'applicant' AS subject, a.id_type AS kind,
        CASE a.id_type WHEN '111' THEN UPPER(TRIM(a.id_no)) ELSE TRIM(a.id_no) END AS number
      FROM {cases} s JOIN applicant a ON a.case_id = s.case_id WHERE a.id_type IN ('111', '001') AND a.id_no <> ''
      UNION ALL
      SELECT s.scope_id, s.calendar, s.applied_day, 'contact', a.contact_id_type,
        CASE a.contact_id_type WHEN '111' THEN UPPER(TRIM(a.contact_id_no)) ELSE TRIM(a.contact_id_no) END
      FROM {cases} s JOIN applicant a ON a.case_id = s.case_id WHERE a.contact_id_type IN ('111', '001') AND a.contact_id_no <> ''
      UNION ALL
      SELECT s.scope_id, s.calendar, s.applied_day, 'agent', a.agent_id_type,
        CASE a.agent_id_type WHEN '111' THEN UPPER(TRIM(a.agent_id_no)) ELSE TRIM(a.agent_id_no) END
      FROM {cases} s JOIN applicant a ON a.case_id = s.case_id WHERE a.agent_id_type IN ('111', '001') AND a.agent_id_no <> ''
      UNION ALL
      SELECT s.scope_id, s.calendar, s.applied_day, 'recipient', d.recipient_id_type,
        CASE d.recipient_id_type WHEN '111' THEN UPPER(TRIM(d.recipient_id_no)) ELSE TRIM(d.recipient_id_no) END
      FROM {cases} s JOIN delivery d ON d.case_id = s.case_id AND @known(d, delivered)
      WHERE d.recipient_id_type IN ('111', '001') AND d.recipient_id_no <> ''
    ) t) i
  ) v
) n
LEFT JOIN work_calendar k ON k.scope = n.calendar AND k.day = n.applied_day
WHERE NOT COALESCE(CASE WHEN n.kind = '001' THEN
    n.length = 18 AND @least(n.p1, n.p2, n.p3, n.p4, n.p5, n.p6, n.p7, n.p8, n.p9, n.p10, n.p11, n.p12, n.p13, n.p14, n.p15,
      n.p16, n.p17, n.p18) > 0 AND @greatest(n.p3, n.p4, n.p5, n.p6, n.p7, n.p8) <= 10
    AND (n.p1 + n.p2 * 3 + n.p3 * 9 + n.p4 * 27 + n.p5 * 19 + n.p6 * 26 + n.p7 * 16 + n.p8 * 17 + n.p9 * 20 + n.p10 * 29
      + n.p11 * 25 + n.p12 * 13 + n.p13 * 8 + n.p14 * 24 + n.p15 * 10 + n.p16 * 30 + n.p17 * 28 + n.p18 - 306) % 31 = 0
  ELSE
    (n.length = 15 OR (n.length = 18 AND @least(n.p16, n.p17, n.p18) > 0 AND @greatest(n.p16, n.p17) <= 10
      AND (n.p18 <= 10 OR n.p18 = 30)
      AND (n.p1 * 7 + n.p2 * 9 + n.p3 * 10 + n.p4 * 5 + n.p5 * 8 + n.p6 * 4 + n.p7 * 2 + n.p8 + n.p9 * 6 + n.p10 * 3 + n.p11 * 7
        + n.p12 * 9 + n.p13 * 10 + n.p14 * 5 + n.p15 * 8 + n.p16 * 4 + n.p17 * 2
        + CASE n.p18 WHEN 30 THEN 11 ELSE n.p18 END - 101) % 11 = 1))
    AND @least(n.p1, n.p2, n.p3, n.p4, n.p5, n.p6, n.p7, n.p8, n.p9, n.p10, n.p11, n.p12, n.p13, n.p14, n.p15) > 0
    AND @greatest(n.p1, n.p2, n.p3, n.p4, n.p5, n.p6, n.p7, n.p8, n.p9, n.p10, n.p11, n.p12, n.p13, n.p14, n.p15) <= 10
    AND n.y >= 1 AND n.m BETWEEN 1 AND 12 AND n.d >= 1
    AND n.d <= CASE WHEN n.m IN (4, 6, 9, 11) THEN 30 WHEN n.m <> 2 THEN 31
      WHEN n.y % 4 = 0 AND (n.y % 100 <> 0 OR n.y % 400 = 0) THEN 29 ELSE 28 END
    AND (k.day IS NULL OR n.y * 12 + n.m - 1 < k.month_number
      OR (n.y * 12 + n.m - 1 = k.month_number AND n.d <= k.month_day))
  END, 1 = 0)

-- rule: C7
SELECT s.scope_id, 'procedure ' || q.seq AS subject, q.kind_name AS step
FROM {cases} s
JOIN special_procedure q ON q.case_id = s.case_id AND @known(q, started)
WHERE COALESCE(TRIM(q.basis), '') = '' OR COALESCE(TRIM(q.approver), '') = ''

-- rule: C8
SELECT s.scope_id, 'step ' || x.seq AS subject, x.step_name AS step, x.handler_name AS handler
FROM {cases} s
JOIN step x ON x.case_id = s.case_id AND x.step_type = '3' AND COALESCE(TRIM(x.opinion), '') = ''
  AND (@known(x, ended) OR (x.ended_day IS NULL AND x.status = '2' AND @known(x, started)))

-- not judged: C8
-- A step whose type nobody knows may be the deciding one.
SELECT s.scope_id, 'step_type_unknown' AS reason
FROM {cases} s
WHERE EXISTS (
    SELECT 1 FROM step x WHERE x.case_id = s.case_id AND x.step_type IS NULL AND COALESCE(TRIM(x.opinion), '') = ''
      AND (@known(x, ended) OR (x.ended_day IS NULL AND x.status = '2' AND @known(x, started))))
  AND NOT EXISTS (
    SELECT 1 FROM step x WHERE x.case_id = s.case_id AND x.step_type = '3' AND COALESCE(TRIM(x.opinion), '') = ''
      AND (@known(x, ended) OR (x.ended_day IS NULL AND x.status = '2' AND @known(x, started))))

-- rule: C9
SELECT s.scope_id, 'Acceptance' AS subject FROM {cases} s
WHERE s.status IS NULL AND (s.result IN ('0', '6', '7') OR EXISTS (
  SELECT 1 FROM step x WHERE x.case_id = s.case_id AND x.step_type IN ('2', '3') AND (@known(x, started) OR @known(x, ended))))
UNION ALL
SELECT s.scope_id, 'Completion' FROM {cases} s
JOIN delivery d ON d.case_id = s.case_id AND @known(d, delivered)
WHERE s.finished = 0
UNION ALL
SELECT s.scope_id, 'CorrectionNotice' FROM {cases} s
WHERE EXISTS (SELECT 1 FROM correction_receipt r WHERE r.case_id = s.case_id AND @known(r, received))
  AND NOT EXISTS (SELECT 1 FROM correction_notice q WHERE q.case_id = s.case_id)
UNION ALL
SELECT s.scope_id, 'SpecialProcedure' FROM {cases} s
WHERE EXISTS (SELECT 1 FROM special_procedure_result r WHERE r.case_id = s.case_id AND @known(r, ended))
  AND NOT EXISTS (SELECT 1 FROM special_procedure q WHERE q.case_id = s.case_id)

-- rule: C10
-- Like units are compared as numbers; a limit without a unit is in working days.
SELECT s.scope_id, 'promised' AS subject, a.promised_limit AS used, i.promised_limit AS limit_value,
  a.promised_limit - i.promised_limit AS excess, COALESCE(i.promised_limit_unit, 'W') AS unit
FROM {cases} s
JOIN approval_case a ON a.case_id = s.case_id
JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version
WHERE i.promised_limit > 0 AND a.promised_limit > i.promised_limit
  AND COALESCE(a.promised_limit_unit, 'W') = COALESCE(i.promised_limit_unit, 'W')
UNION ALL
SELECT s.scope_id, 'statutory', a.statutory_limit, i.statutory_limit, a.statutory_limit - i.statutory_limit,
  COALESCE(i.statutory_limit_unit, 'W')
FROM {cases} s
JOIN approval_case a ON a.case_id = s.case_id
JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version
WHERE i.statutory_limit > 0 AND a.statutory_limit > i.statutory_limit
  AND COALESCE(a.statutory_limit_unit, 'W') = COALESCE(i.statutory_limit_unit, 'W')

-- not judged: C10
SELECT s.scope_id, 'item_unknown' AS reason FROM {cases} s WHERE s.item_version IS NULL
UNION ALL
SELECT l.scope_id, 'units_differ'
FROM (
  SELECT s.scope_id, CASE WHEN COALESCE(a.promised_limit, 0) <= 0 OR COALESCE(i.promised_limit, 0) <= 0 THEN 'none'
      WHEN COALESCE(a.promised_limit_unit, 'W') <> COALESCE(i.promised_limit_unit, 'W') THEN 'other'
      WHEN a.promised_limit > i.promised_limit THEN 'longer' ELSE 'within' END AS promised,
    CASE WHEN COALESCE(a.statutory_limit, 0) <= 0 OR COALESCE(i.statutory_limit, 0) <= 0 THEN 'none'
      WHEN COALESCE(a.statutory_limit_unit, 'W') <> COALESCE(i.statutory_limit_unit, 'W') THEN 'other'
      WHEN a.statutory_limit > i.statutory_limit THEN 'longer' ELSE 'within' END AS statutory
  FROM {cases} s
  JOIN approval_case a ON a.case_id = s.case_id
  JOIN service_item i ON i.item_code = s.item_code AND i.version = s.item_version
) l
WHERE 'other' IN (l.promised, l.statutory) AND 'longer' NOT IN (l.promised, l.statutory)
