# Sourced by ./build and ./mor.

# Prints the first folder that holds a JDK 25: JAVA_HOME, the javac on the PATH, the usual folders.
find_jdk() {
  on_path=$(command -v javac 2>/dev/null || true)
  [ -z "$on_path" ] || on_path=$(dirname -- "$(dirname -- "$(readlink -f -- "$on_path")")")
  for home in "${JAVA_HOME:-}" "$on_path" /usr/lib/jvm/* /opt/java/* /opt/jdk* "${HOME:-}"/.sdkman/candidates/java/* \
    "${HOME:-}"/.jdks/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    if [ -x "$home/bin/javac" ] && grep -q '^JAVA_VERSION="25' "$home/release" 2>/dev/null; then
      echo "$home"
      return
    fi
  done
  echo "mor4j: no JDK 25 found in JAVA_HOME, PATH or the usual folders: install one and set JAVA_HOME to it." >&2
  return 1
}

# need COMMAND USE: ends with one line when a command that the build uses is missing.
need() {
  command -v "$1" >/dev/null 2>&1 || {
    echo "mor4j: $1 not found, it $2: install it." >&2
    exit 1
  }
}
