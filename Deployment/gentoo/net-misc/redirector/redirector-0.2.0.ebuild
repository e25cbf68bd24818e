# Copyright 2026 Gentoo Authors
# Distributed under the terms of the MIT license

EAPI=8

inherit tmpfiles

DESCRIPTION="Sends downloads to near mirrors that really have the file"
HOMEPAGE="https://wiki.gentoo.org/wiki/Project:Infrastructure"
# Of your own copy of the sources: git archive --prefix=redirector-0.2.0/ -o redirector-0.2.0.tar.gz
# HEAD
SRC_URI="${P}.tar.gz"

LICENSE="MIT Apache-2.0"
SLOT="0"
KEYWORDS="~amd64 ~arm64"
# SwiftPM fetches the packages that Package.swift names. "make test" installs what it needs on
# Debian.
RESTRICT="fetch network-sandbox test"

RDEPEND="
	acct-group/redirector
	acct-user/redirector
	app-misc/ca-certificates
	net-misc/curl
	net-misc/rsync
	sys-libs/zlib
"
# The group is there when files are given to it.
DEPEND="
	acct-group/redirector
	net-misc/curl
	sys-libs/zlib
"
BDEPEND=">=dev-lang/swift-6.3"

# The Swift runtime is linked in; dev-lang/swift strips nothing that is needed.
QA_FLAGS_IGNORED="usr/lib/redirector/.*"

pkg_nofetch() {
	einfo "Put ${P}.tar.gz into your DISTDIR. In a clone of the sources:"
	einfo "git archive --prefix=${P}/ -o ${P}.tar.gz HEAD"
}

src_compile() {
	local function
	for function in leader checker builder redirector storage status mirrors; do
		swift build --configuration release --product "${function}" || die
	done
}

src_install() {
	Deployment/install.sh .build/release /usr "${ED}" || die
	newinitd Deployment/openrc/redirector.initd redirector
	insinto /etc/cron.d
	newins Deployment/openrc/redirector.cron redirector
	keepdir /etc/redirector/secrets
	fperms 0750 /etc/redirector/secrets
	fowners root:redirector /etc/redirector/secrets
}

pkg_postinst() {
	tmpfiles_process redirector.conf
	elog "Set FALLBACK_URL and what is published in /etc/redirector/redirector.conf."
}
