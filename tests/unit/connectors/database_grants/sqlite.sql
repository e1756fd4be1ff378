setfacl -m u:hub:rw 'exchange';
setfacl -m u:hub:rwx "$(dirname 'exchange')";
