#!/bin/sh
# Prints the path of a Python interpreter, found by running it: a name on PATH may be a pyenv shim without a version behind it.
#
#   find-python.sh          the first that is 3.11 or newer; $PYTHON is asked first
#   find-python.sh 3.13     the first of exactly that version
#
# Exit status 1 and nothing on stdout if there is none. What is printed is the interpreter itself, not the shim that led to it.
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
