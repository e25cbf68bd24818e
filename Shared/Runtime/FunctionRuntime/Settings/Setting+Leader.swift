extension Setting {
    package static let tree = Setting(
        "TREE",
        .leader,
        .text(example: "/srv/gentoo"),
        deployment: .leftOut(folderOfThisMachine),
        "absolute path of the local tree to publish"
    )
    package static let rsync = Setting(
        "RSYNC",
        .leader,
        .text(example: "rsync://master.example.org/gentoo/"),
        "`rsync://` URL of the master, instead of or in addition to a local tree"
    )
    package static let listing = Setting(
        "LISTING",
        .leader,
        .text(example: "/srv/gentoo.list"),
        deployment: .leftOut(folderOfThisMachine),
        "path of a file that lists the tree: [Listings](functions.md#listings)"
    )
    package static let manifests = Setting(
        "MANIFESTS",
        .leader,
        .text(example: "/var/db/repos/gentoo:/var/db/repos/guru"),
        deployment: .leftOut(folderOfThisMachine),
        "folders of ebuild repositories whose `DIST` lines name distfiles, separated by `:`"
    )
    package static let layout = Setting(
        "LAYOUT",
        .leader,
        .text(example: "/srv/layout.conf"),
        standard: .described("the tree's own, or `filename-hash BLAKE2B 8`"),
        deployment: .leftOut(folderOfThisMachine),
        "path of the `layout.conf` that says where the distfiles of `MANIFESTS` are"
    )
    package static let mirrors = Setting(
        "MIRRORS",
        .leader,
        .text(example: "https://api.gentoo.org/mirrors/distfiles.xml"),
        "URL of the mirror list, `https://`, `http://`, `file://`, or `storage:KEY` for a blob: "
            + "Gentoo's XML, JSON, YAML, or the list of mirmon or mirrorbits. "
            + "`own-mirrors.json` adds to it"
    )
    package static let locationDatabase = Setting(
        "LOCATION_DB",
        .leader,
        .text(example: "/usr/share/GeoIP/GeoLite2-City.mmdb"),
        "MaxMind DB file that tells where mirrors are, by the addresses of their hosts, which are "
            + "looked up once a day. In OpenFaaS it has to be in the image: "
            + "[Places](mirrors.md#places)"
    )

    private static let folderOfThisMachine = "functions have no access to the machine's folders"

    package static let exclude = Setting(
        "EXCLUDE",
        .leader,
        .text(example: "*.lock */private/*"),
        "patterns of paths that are not published, besides temporary files, separated by "
            + "spaces; the same patterns as in `classes.json`"
    )

    package static let profile = Setting(
        "PROFILE",
        .leader,
        .word(["gentoo", "debian", "fedora", "arch", "pypi", "ctan", "cran", "cpan", "flat"]),
        standard: .described("the profile in `classes.json`, or `gentoo`"),
        "kind of the tree, kept in `classes.json`: which files change under their names, which "
            + "belong together, which are not published: [Other projects](other-projects.md)"
    )

    static var ofLeader: [Setting] {
        [
            tree, rsync, listing, manifests, layout, text(.distfiles), profile, exclude, mirrors,
            locationDatabase, text(.checkerFunction), number(.walkInterval),
        ]
    }
}

extension NumberSetting {
    package static let walkInterval = NumberSetting(
        "WALK_SECONDS",
        .leader,
        10...604_800,
        unit: "s",
        standard: 3600,
        deployment: .leftOut("there is no local tree to watch"),
        "how often `leader --watch` also walks the whole tree"
    )
}

extension TextSetting {
    package static let distfiles = TextSetting(
        "DISTFILES",
        .leader,
        .text(example: "distfiles"),
        standard: "distfiles",
        deployment: .leftOut("it goes with `MANIFESTS`"),
        "folder of the distfiles of `MANIFESTS` in the tree"
    )
    package static let checkerFunction = TextSetting(
        "CHECKER_FUNCTION",
        [.leader, .mirrors],
        .text(example: "checker.openfaas-fn"),
        standard: "checker",
        "name of the checker at `GATEWAY_URL`: `NAME` or `NAME.NAMESPACE`"
    )
}
