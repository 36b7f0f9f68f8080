#!/bin/sh
# Prints the path of a Python interpreter. Each candidate is run: a name on PATH may be a pyenv shim for which no version is
# installed. The path is that of the interpreter itself, not of the shim.
#
#   find-python.sh          the first one that is 3.11 or newer; $PYTHON is tried first
#   find-python.sh 3.13     the first one of exactly this version
#
# If there is none, nothing is printed, and the exit status is 1.
wanted=${1:-}
if [ -n "$wanted" ]; then
    candidates="${PYTHON:-} python$wanted python3"
    test="'%d.%d' % sys.version_info[:2] == '$wanted'"
else
    candidates="${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14"
    test="sys.version_info >= (3, 11)"
fi
for candidate in $candidates "${PYENV_ROOT:-$HOME/.pyenv}/versions/${wanted:-3.1}"*/bin/python3 "/opt/homebrew/bin/python${wanted:-3}" "/usr/local/bin/python${wanted:-3}"; do
    found=$("$candidate" -c "import sys; print(sys.executable if $test else '')" 2>/dev/null) || continue
    if [ -n "$found" ]; then
        printf '%s\n' "$found"
        exit 0
    fi
done
exit 1
