#!/bin/sh
# Installs the site's agent on Linux, or upgrades it: as root, from the folder of the unpacked project.
#   sudo sh agent/service/install-linux.sh
# The machine needs Python 3.11 to 3.13 with venv (Debian, Ubuntu: python3-venv), and PyPI this once.
# It starts nothing: docs/agent/ tells the steps that follow.
set -eu
umask 022
[ "$(id -u)" -eq 0 ] || { echo "root alone can install: sudo sh $0" >&2; exit 1; }
cd "$(dirname "$0")/../.."
python=$(command -v "${PYTHON:-python3}")
"$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null ||
    { echo "$python is not Python 3.11 to 3.13 with venv: PYTHON=python3.13 sh $0" >&2; exit 1; }

# The locked packages. A proxy that inspects TLS has its authority among the machine's.
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
"$python" -m venv "$tools"
"$tools/bin/pip" install --quiet --no-cache-dir --disable-pip-version-check --require-hashes \
    -r infra/bootstrap.txt
UV_PROJECT_ENVIRONMENT=/opt/drimbox-agent UV_SYSTEM_CERTS=1 "$tools/bin/uv" sync --frozen --quiet \
    --no-cache --compile-bytecode --no-default-groups --only-group agent --python "$python"
rm -f /opt/drimbox-agent/.lock # which uv lets everybody write

# The code, whole before it takes the former one's place. The account cannot write there, so that it
# is compiled now.
rm -rf /opt/drimbox-agent/app.new
install -d /opt/drimbox-agent/app.new/functions
cp functions/__init__.py functions/version.py /opt/drimbox-agent/app.new/functions/
cp -R functions/drimbox /opt/drimbox-agent/app.new/functions/
cp -R agent /opt/drimbox-agent/app.new/
rm -rf /opt/drimbox-agent/app
mv /opt/drimbox-agent/app.new /opt/drimbox-agent/app
/opt/drimbox-agent/bin/python -m compileall -q /opt/drimbox-agent/app

id -u drimbox-agent > /dev/null 2>&1 ||
    useradd --system --user-group --home-dir /var/lib/drimbox-agent --shell /usr/sbin/nologin \
        drimbox-agent
install -d -m 0750 -o root -g drimbox-agent /etc/drimbox-agent
install -d -m 0700 -o drimbox-agent -g drimbox-agent /var/lib/drimbox-agent
install -m 0755 agent/service/drimbox-agent /usr/local/bin/
if [ -d /etc/systemd/system ]; then
    install -m 0644 agent/service/drimbox-agent.service /etc/systemd/system/
    [ ! -d /run/systemd/system ] || systemctl daemon-reload
fi
echo "installed: the agent $(sed -n 's/^VERSION.*"\(.*\)"$/\1/p' functions/version.py), not started"
