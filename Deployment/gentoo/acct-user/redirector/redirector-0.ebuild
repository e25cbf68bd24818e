# Copyright 2026 Gentoo Authors
# Distributed under the terms of the MIT license

EAPI=8

inherit acct-user

DESCRIPTION="User of net-misc/redirector"
ACCT_USER_ID=-1
ACCT_USER_GROUPS=( redirector )
ACCT_USER_HOME=/var/lib/redirector

acct-user_add_deps
