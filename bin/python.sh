# Sourced by the commands beside it: finds a Python from 3.11 on, goes to the root of the product.
# shellcheck shell=sh
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)

find_python() {
    for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return 0
        fi
    done
    echo "Library Social needs Python 3.11 or newer; none was found. PYTHON=/path/to/python names one." >&2
    return 1
}

# VAR_DIR is meant from where the command was called.
case ${VAR_DIR:-} in
    '' | /*) ;;
    *) VAR_DIR=$PWD/$VAR_DIR; export VAR_DIR ;;
esac
