CREATE USER hub IDENTIFIED BY "<口令 password>";
GRANT CREATE SESSION TO hub;
GRANT SELECT ON exch.up_pro_accept TO hub;
GRANT UPDATE (sync_flag) ON exch.up_pro_accept TO hub;
GRANT SELECT ON exch.up_pro_process TO hub;
GRANT UPDATE (sync_flag) ON exch.up_pro_process TO hub;
GRANT SELECT, INSERT ON exch.dn_audit_abnormal TO hub;
