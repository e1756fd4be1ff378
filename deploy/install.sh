#!/usr/bin/env bash
# Makes a virtual environment and puts into it exactly what requirements.lock names, checked by hash.
# Where packages come from is the machine's own affair: pip's settings (environment or pip.conf) are used, for uv too.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=${1:-.venv}

say() { printf '%s\n' "$*" >&2; }

find_python() {
    local candidate
    for candidate in ${PYTHON:-} python3.11 python3.12 python3; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    say '需要 Python 3.11 或 3.12;Debian: apt-get install python3 python3-venv'
    say 'Python 3.11 or 3.12 is needed. Debian: apt-get install python3 python3-venv. Or name it: make install PYTHON=…'
    exit 3
}

if [ ! -x "$venv/bin/python" ]; then
    python=$(find_python)
    if ! "$python" -m venv "$venv"; then
        rm -rf "$venv"
        say '无法建立虚拟环境;Debian: apt-get install python3-venv'
        say 'The virtual environment could not be made. Debian: apt-get install python3-venv'
        exit 3
    fi
fi

# uv is pinned by the lock like everything else, so its own block is what pip installs, with its hashes.
if [ ! -x "$venv/bin/uv" ]; then
    awk '/^uv==/ {own = 1} /^[a-z0-9]/ && !/^uv==/ {own = 0} own' requirements.lock > "$venv/uv.lock"
    "$venv/bin/python" -m pip install --quiet --no-deps --require-hashes -r "$venv/uv.lock"
fi

# uv has settings of its own and does not read pip's: where it cannot get a package with its own, it is given pip's.
# Looking for a version in every configured index is safe here: a file that is not the one in the lock is refused.
setting() { "$venv/bin/python" -m pip config get "$1" 2>/dev/null || true; }
first_of() {
    local name value
    for name in "$@"; do
        value=$(setting "$name")
        [ -z "$value" ] || { tr '\n' ' ' <<< "$value"; return; }
    done
}
with_settings_of_pip() {
    local index extra certificates
    index=${PIP_INDEX_URL:-$(first_of global.index-url install.index-url)}
    extra=${PIP_EXTRA_INDEX_URL:-$(first_of global.extra-index-url install.extra-index-url)}
    certificates=${PIP_CERT:-$(first_of global.cert install.cert)}
    env UV_INDEX_STRATEGY=unsafe-best-match \
        ${index:+UV_DEFAULT_INDEX="${index% }"} ${extra:+UV_INDEX="${extra% }"} ${certificates:+SSL_CERT_FILE="${certificates% }"} "$@"
}
export VIRTUAL_ENV="$PWD/$venv" UV_HTTP_TIMEOUT=${UV_HTTP_TIMEOUT:-120}
# Compiled once here: where Python may not write its own (PYTHONDONTWRITEBYTECODE, a read-only folder), every process that
# imports Airflow would compile two thousand modules anew.
sync=("$venv/bin/uv" pip sync --quiet --compile-bytecode --require-hashes requirements.lock)
"${sync[@]}" 2> "$venv/uv.log" || with_settings_of_pip "${sync[@]}" || { cat "$venv/uv.log" >&2; exit 3; }
"$venv/bin/uv" pip install --quiet --no-deps --no-build-isolation -e .
say "已安装 · installed: $venv"
