-- 公开 G · what must be public: nothing that is stored tells it, so nothing is judged and everything counted.

-- rule: G1
SELECT s.scope_id FROM {units} s WHERE 1 = 0

-- not judged: G1
SELECT s.scope_id, 'not_reported' AS reason FROM {units} s

-- rule: G2
SELECT s.scope_id FROM {units} s WHERE 1 = 0

-- not judged: G2
SELECT s.scope_id, 'not_reported' AS reason FROM {units} s
