CREATE USER 'hub'@'10.1.2.3' IDENTIFIED BY '<口令 password>';
GRANT SELECT ON exch.up_pro_accept TO 'hub'@'10.1.2.3';
GRANT UPDATE (sync_flag) ON exch.up_pro_accept TO 'hub'@'10.1.2.3';
GRANT SELECT ON exch.up_pro_process TO 'hub'@'10.1.2.3';
GRANT UPDATE (sync_flag) ON exch.up_pro_process TO 'hub'@'10.1.2.3';
GRANT SELECT, INSERT ON exch.dn_audit_abnormal TO 'hub'@'10.1.2.3';
