#!/usr/bin/env bash
# Installs the real counterparts that the tests talk to, only where they are missing. The tests start and stop them.
set -euo pipefail

missing=()
compgen -G '/usr/lib/postgresql/*/bin/postgres' > /dev/null || missing+=(postgresql)
# Only the programs: the full package would set up a database of its own, started at boot.
{ [ -x /usr/sbin/mariadbd ] || command -v mariadbd > /dev/null; } && command -v mariadb-install-db > /dev/null ||
    missing+=(mariadb-server-core mariadb-client-core)
command -v xmllint > /dev/null || missing+=(libxml2-utils)
command -v strace > /dev/null || missing+=(strace)
php -m 2> /dev/null | grep -ix soap > /dev/null || missing+=(php-cli php-soap)
command -v node > /dev/null || missing+=(nodejs)
command -v npm > /dev/null || missing+=(npm)
[ -x /usr/sbin/sshd ] || missing+=(openssh-server)
command -v sftp > /dev/null || missing+=(openssh-client)
[ -x /usr/sbin/proftpd ] || missing+=(proftpd-core)
compgen -G '/usr/lib/proftpd/mod_tls.so' > /dev/null || missing+=(proftpd-mod-crypto)
compgen -G '/usr/lib/*/libwrap.so.0' > /dev/null || missing+=(libwrap0)  # of vsftpd, see below
compgen -G '/usr/lib/*/liblua5.3.so.0' > /dev/null || missing+=(liblua5.3-0)  # of HAProxy, see below
compgen -G '/usr/lib/*/libopentracing-c-wrapper.so.0' > /dev/null || missing+=(libopentracing-c-wrapper0)
command -v 7z > /dev/null || missing+=(p7zip-full)
command -v zip > /dev/null || missing+=(zip)
command -v openssl > /dev/null || missing+=(openssl)
command -v java > /dev/null || missing+=(default-jre-headless)
[ -e /usr/share/java/h2.jar ] || missing+=(libh2-java)

# Node's soap server, by the lock file; its folder is not kept in the repository.
install_node_servers() {
    local folder
    folder=$(dirname "$0")/../tests/servers/node
    [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ] && return
    npm ci --prefix "$folder" --loglevel=error < /dev/null
}

# Only the programs, into folders that are not kept in the repository: vsftpd cannot be installed beside ProFTPD, and
# HAProxy's package would set up a service of its own, started at boot.
unpack() {
    local name=$1 folder package
    shift
    folder=$(cd "$(dirname "$0")/.." && pwd)/tests/servers/$name
    [ -x "/usr/sbin/$name" ] || [ -x "$folder/usr/sbin/$name" ] && return
    package=$(mktemp -d)
    (cd "$package" && { apt-get download -q "$name" || { "$@" apt-get update -q && apt-get download -q "$name"; }; }) < /dev/null
    mkdir -p "$folder"
    dpkg-deb --fsys-tarfile "$package/$name"_*.deb | tar -x -C "$folder" "./usr/sbin/$name"
    rm -rf "$package"
}

if [ ${#missing[@]} -eq 0 ]; then
    install_node_servers
    unpack vsftpd
    unpack haproxy
    exit 0
fi

if ! command -v apt-get > /dev/null; then
    printf '%s\n' "测试需要:${missing[*]}(本机没有 apt-get,请用系统的软件包管理器安装)" \
        "The tests need ${missing[*]}; there is no apt-get here: install them with this system's package manager." >&2
    exit 3
fi
if [ "$(id -u)" = 0 ]; then
    root=()
elif command -v sudo > /dev/null && sudo -n true 2> /dev/null; then
    root=(sudo -n)
else
    printf '%s\n' "测试需要:${missing[*]}。请以 root 执行:apt-get install ${missing[*]}" \
        "The tests need ${missing[*]}. As root: apt-get install ${missing[*]}" >&2
    exit 3
fi

# The tests start servers of their own; Debian's ready-made cluster would only occupy a port and start at boot.
if [[ " ${missing[*]} " == *" postgresql "* && ! -e /etc/postgresql-common/createcluster.conf ]]; then
    "${root[@]}" mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' | "${root[@]}" tee /etc/postgresql-common/createcluster.conf > /dev/null
fi
install=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}")
"${install[@]}" < /dev/null || { "${root[@]}" apt-get update -q < /dev/null && "${install[@]}" < /dev/null; }
install_node_servers
unpack vsftpd "${root[@]}"
unpack haproxy "${root[@]}"
