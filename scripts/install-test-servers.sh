#!/bin/sh
# Install the real servers that the tests use, from Debian's archive: a RADOS Gateway, PostgreSQL and Chromium.
#
# Nothing to do is the usual case and is quick. Where installing is not possible, say which tests will be skipped and
# succeed; in CI (CI=true) fail instead, because there nothing may be skipped.
set -eu

untested=''
wanted=''
updated=''

# has PROGRAM...: whether all are there. Debian keeps PostgreSQL's server off PATH.
has() (
  for folder in /usr/lib/postgresql/*/bin; do PATH="$PATH:$folder"; done
  for program in "$@"; do command -v "$program" >/dev/null || return 1; done
)

# as_root COMMAND...: run it as root without ever asking for a password.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -n "$@"; fi
}

# get PACKAGE...: install them; the index is renewed once.
get() {
  has apt-get && as_root true 2>/dev/null || return 1
  echo "Installing for the tests: $*"
  if [ -z "$updated" ]; then as_root apt-get -qq update; updated=yes; fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 install -y --no-install-recommends "$@" \
    >/dev/null
}

# provide WHAT "PACKAGE..." PROGRAM...: have the programs, by installing the packages where they are missing.
provide() {
  what=$1 packages=$2
  shift 2
  if has "$@"; then return; fi
  # shellcheck disable=SC2086  # a list of packages
  get $packages || true
  if has "$@"; then return; fi
  wanted="$wanted $packages"
  untested="$untested
  - $what"
}

provide 'S3 with enforced bucket policies (RADOS Gateway)' 'ceph-common ceph-mon ceph-osd radosgw' \
  ceph ceph-mon ceph-osd monmaptool radosgw radosgw-admin
provide 'the job database on PostgreSQL' postgresql initdb postgres
# Google's own build will do as well.
has google-chrome || has chromium-browser || provide 'playback in a real browser (Chromium)' chromium chromium

[ -n "$untested" ] || exit 0
cat >&2 <<END

******************************************************************************
NOT AVAILABLE HERE, so these tests are SKIPPED:$untested

Install as root:  apt-get install --no-install-recommends$wanted
******************************************************************************

END
[ "${CI:-}" != true ]
