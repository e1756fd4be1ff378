-- 评价 S · what applicants say

-- rule: S1
-- An evaluation without a time was given when it was reported: it is known.
SELECT s.scope_id, @concat('evaluation ', e.seq) AS subject, x.step_name AS step,
  COALESCE(e.handler_name, x.handler_name) AS handler, @json('grade', e.grade) AS evidence
FROM {cases} s
JOIN evaluation e ON e.case_id = s.case_id AND e.grade IN ('4', '5') AND (e.evaluated_day IS NULL OR @known(e, evaluated))
LEFT JOIN step x ON x.case_id = e.case_id AND x.seq = e.step_seq
